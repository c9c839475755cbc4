"""FitNets: hints from whole maps (Romero et al., ICLR 2015)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.registry import MODELS

from .base import Term
from .maps import ChannelAdapter, Layer, layer_pairs, per_layer, read_map, resample, tap_names


@MODELS.register_module()
class FitNets(Term):
    r"""(1 / 2N) \sum_n \|F^T_n - r(F^S_n)\|_2^2 between whole maps, without RoIs.

    The teacher's map is brought to the student's grid (42 x 42 cells are averaged by threes to 14 x 14). The regressor
    r is a 1x1 convolution where channels differ, else the identity.

    Args:
        teacher: Name of the teacher; any detector or classifier.
        layers: Maps to compare, as :func:`~.maps.layer_pairs` reads them; None: the last feature maps.
        student_channels: C of the student, per layer or one for all; to be given where it is not the teacher's.
        teacher_channels: C of the teacher, likewise.
        loss_weight: Factor.
    """

    student_outputs = ('feats',)

    def __init__(
        self,
        teacher: str = 'wsd',
        layers: Sequence[Layer] | None = None,
        student_channels: int | Sequence[int] | None = None,
        teacher_channels: int | Sequence[int] | None = None,
        loss_weight: float = 1.0,
    ) -> None:
        pairs = layer_pairs(layers)
        super().__init__(teacher, loss_weight, tap_names(pairs, 0), tap_names(pairs, 1))
        self.pairs = pairs
        channels = zip(
            per_layer(student_channels, len(pairs), 'student_channels'),
            per_layer(teacher_channels, len(pairs), 'teacher_channels'),
            strict=True,
        )
        self.adapters = nn.ModuleList([ChannelAdapter(s, t) for s, t in channels])

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss``, or ``loss_0``, ``loss_1``, ... for several layers."""
        losses = {}
        for i, (pair, adapter) in enumerate(zip(self.pairs, self.adapters, strict=True)):
            hint = read_map(teachers[self.teacher], pair[1] if pair else None)
            guided = adapter(read_map(student, pair[0] if pair else None), hint.shape[1])
            distance = (resample(hint, guided.shape[-2:]) - guided).square().sum() / (2 * len(batch))
            losses['loss' if len(self.pairs) == 1 else f'loss_{i}'] = self.loss_weight * distance
        return losses
