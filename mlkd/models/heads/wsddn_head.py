"""The two streams of WSDDN."""

from __future__ import annotations

from typing import Any, Literal

from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.arguments import check_choice, check_number
from mlkd.errors import ConfigError
from mlkd.models.losses import clamped_bce, spatial_regulariser
from mlkd.models.utils.precision import at_least_float32
from mlkd.models.utils.rois import segment_positions, segment_softmax, segment_sum
from mlkd.registry import MODELS


@MODELS.register_module()
class WSDDNHead(BaseModule):
    """Classification and detection stream (Bilen and Vedaldi, CVPR 2016), linear layers ``fc_cls`` and ``fc_det``.

    Args:
        num_classes: K.
        in_channels: D, of the vector that each stream reads.
        cls_temperature: The classification logits are divided by it.
        det_temperature: The detection logits are divided by it; 2 in the original release, 1 in the KD paper's.
        spatial_weight: Weight of :func:`~mlkd.models.losses.spatial_regulariser`, 1e-4 in the original release; at 0 it
            is not computed.
        spatial_score_weight: How that weighs a neighbour, ``'s2'`` or ``'s'``.
        halves: RoI vectors hold 2 D numbers, the first half for ``fc_cls``, the second one for ``fc_det``
            (:class:`~mlkd.models.necks.RoIContrast`); else both read the same D.
        init_cfg: MMEngine's; by default Caffe's Xavier, uniform in +-sqrt(3 / D), and zero bias.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        cls_temperature: float = 1.0,
        det_temperature: float = 1.0,
        spatial_weight: float = 0.0,
        spatial_score_weight: Literal['s2', 's'] = 's2',
        halves: bool = False,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        check_number('bbox_head.num_classes', num_classes, 1, whole=True)
        for key, temperature in (('cls_temperature', cls_temperature), ('det_temperature', det_temperature)):
            check_number(f'bbox_head.{key}', temperature, 0, above=True)
        check_number('bbox_head.spatial_weight', spatial_weight, 0)
        check_choice('bbox_head.spatial_score_weight', spatial_score_weight, ('s2', 's'))
        self.num_classes = num_classes
        self.cls_temperature = cls_temperature
        self.det_temperature = det_temperature
        self.spatial_weight = spatial_weight
        self.spatial_score_weight = spatial_score_weight
        self.halves = halves
        self.fc_cls = nn.Linear(in_channels, num_classes)
        self.fc_det = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """RoI vectors (ΣR, D), with ``halves`` (ΣR, 2 D), to M^c and M^d, each (ΣR, K)."""
        for_cls, for_det = x.chunk(2, 1) if self.halves else (x, x)
        return self.fc_cls(for_cls), self.fc_det(for_det)

    def roi_scores(
        self,
        cls_logits: Tensor,
        det_logits: Tensor,
        index: Tensor,
        num_images: int,
        cls_multiplier: Tensor | float | None = None,
        det_multiplier: Tensor | float | None = None,
    ) -> Tensor:
        r"""S = softmax over classes of a^c M^c, times softmax over the image's RoIs of a^d M^d.

        Args:
            cls_logits: M^c (ΣR, K).
            det_logits: M^d (ΣR, K).
            index: (ΣR,) integer, which image each RoI is of, ascending.
            num_images: B.
            cls_multiplier: a^c, one number or (K,); None: 1 / ``cls_temperature``.
            det_multiplier: a^d, one number or (L,), one for each place in the list of proposals; None:
                1 / ``det_temperature``.

        Returns:
            S (ΣR, K), float32 at least.

        Raises:
            ConfigError: If a list of ``det_multiplier`` is shorter than the list of proposals.
        """
        a_cls = 1 / self.cls_temperature if cls_multiplier is None else cls_multiplier
        a_det = 1 / self.det_temperature if det_multiplier is None else det_multiplier
        if isinstance(a_det, Tensor) and a_det.ndim:
            places = segment_positions(index, num_images)
            if len(index) and int(places.max()) >= len(a_det):
                raise ConfigError(
                    'There are fewer detection multipliers than proposals in an image.',
                    found=f'{len(a_det)} multipliers, {int(places.max()) + 1} proposals',
                    fix='give one number for all places, or as many as there are proposals at most',
                )
            a_det = a_det[places][:, None]
        by_class = (at_least_float32(cls_logits) * a_cls).softmax(1)
        return by_class * segment_softmax(at_least_float32(det_logits) * a_det, index, num_images)

    def image_scores(
        self,
        cls_logits: Tensor,
        det_logits: Tensor,
        index: Tensor,
        num_images: int,
        cls_multiplier: Tensor | float | None = None,
        det_multiplier: Tensor | float | None = None,
    ) -> Tensor:
        """p, or with multipliers the soft prediction p'^T: the sum of :meth:`roi_scores` over an image's RoIs.

        Args:
            cls_logits: As in :meth:`roi_scores`, and so are the others.
            det_logits: See there.
            index: See there.
            num_images: See there.
            cls_multiplier: See there.
            det_multiplier: See there.

        Returns:
            (B, K) in 0..1; 0 for an image without proposals.
        """
        scores = self.roi_scores(cls_logits, det_logits, index, num_images, cls_multiplier, det_multiplier)
        return segment_sum(scores, index, num_images)

    def loss(self, scores: Tensor, feats: Tensor, rois: Tensor, label: Tensor) -> dict[str, Tensor]:
        """L_det, and the spatial regulariser where it is on.

        Args:
            scores: S (ΣR, K).
            feats: RoI vectors (ΣR, D).
            rois: (ΣR, 5).
            label: (B, K); 1 present, 0 absent, -1 ignored.

        Returns:
            ``loss_det``, and ``loss_spatial`` where it is on.
        """
        losses = {'loss_det': clamped_bce(segment_sum(scores, rois[:, 0].long(), len(label)), label)}
        if self.spatial_weight:
            spatial = spatial_regulariser(scores, feats, rois, label, self.spatial_score_weight)
            losses['loss_spatial'] = self.spatial_weight * spatial
        return losses
