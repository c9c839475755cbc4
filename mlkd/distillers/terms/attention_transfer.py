"""Attention transfer (Zagoruyko and Komodakis, ICLR 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor

from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.registry import MODELS

from .base import Term
from .maps import Layer, layer_pairs, read_map, resample, tap_names


def attention(feat: Tensor, size: Sequence[int]) -> Tensor:
    """Where a map is active: squares summed over channels, on a grid, of length 1.

    Args:
        feat: (B, C, h, w).
        size: (height, width) of the grid, in cells.

    Returns:
        (B, height * width).
    """
    return F.normalize(resample(feat.square().sum(1, keepdim=True), size).flatten(1))


@MODELS.register_module()
class AttentionTransfer(Term):
    r"""(1 / 2N) \sum_n \|q^T_n - q^S_n\|_2^2 per layer; q is the :func:`attention` on the student's grid.

    The paper's Eq. (2) with p = 2 and the square of the norm, as its authors' code has it.

    Args:
        teacher: Name of the teacher; any detector or classifier.
        layers: Maps to compare, as :func:`~.maps.layer_pairs` reads them; None: the last feature maps. Channels may
            differ.
        loss_weight: beta.
    """

    student_outputs = ('feats',)

    def __init__(self, teacher: str = 'wsd', layers: Sequence[Layer] | None = None, loss_weight: float = 1.0) -> None:
        pairs = layer_pairs(layers)
        super().__init__(teacher, loss_weight, tap_names(pairs, 0), tap_names(pairs, 1))
        self.pairs = pairs

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss``, or ``loss_0``, ``loss_1``, ... for several layers."""
        losses = {}
        for i, pair in enumerate(self.pairs):
            own = read_map(student, pair[0] if pair else None)
            shown = read_map(teachers[self.teacher], pair[1] if pair else None)
            grid = own.shape[-2:]
            distance = (attention(shown, grid) - attention(own, grid)).square().sum() / (2 * len(batch))
            losses['loss' if len(self.pairs) == 1 else f'loss_{i}'] = self.loss_weight * distance
        return losses
