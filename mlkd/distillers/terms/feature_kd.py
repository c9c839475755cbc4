"""Stage 1: features of RoIs (Liu et al., ACM MM 2018, Eqs. (3) and (4))."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mlkd.arguments import check_choice, check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.errors import ConfigError
from mlkd.models.utils import at_least_float32, segment_sum
from mlkd.models.utils.build import build_model
from mlkd.registry import MODELS

from .base import Term
from .maps import ChannelAdapter, Layer, layer_pairs, per_layer, read_map, tap_names
from .roi_selection import RoISelect, relative_scores, select_rois

RoIWeight = Literal['none', 'list', 'teacher']


def roi_feature_loss(teacher: Tensor, student: Tensor, index: Tensor, num_images: int) -> Tensor:
    r"""L_f = (1 / 2N) \sum_n (1 / |R'_n|) \|F^T_n - F^S_n\|_2^2, Eq. (3).

    Args:
        teacher: F^T of all RoIs (ΣR', ...), weighted by s' already.
        student: F^S of the same.
        index: int64 (ΣR',), which image each RoI belongs to.
        num_images: N; an image without RoIs counts and adds 0.

    Returns:
        Scalar; squares are summed over channels and cells.
    """
    distance = (at_least_float32(teacher) - at_least_float32(student)).flatten(1).square().sum(1)
    counts = torch.bincount(index, minlength=num_images).clamp_min(1)
    return (segment_sum(distance, index, num_images) / counts).sum() / (2 * num_images)


def spatial_scale(map_size: Sequence[int], view_size: Sequence[int]) -> float:
    """Cells per pixel, 1 / stride.

    Strides of networks are powers of two nearly always, and padding makes maps a cell larger or smaller than the
    quotient; so a power of two that explains the size is preferred.

    Args:
        map_size: (height, width) in cells.
        view_size: (height, width) in pixels.
    """
    nearest = 2 ** max(round(math.log2(view_size[0] / map_size[0])), 0)
    sides = list(zip(view_size, map_size, strict=True))
    if all(math.ceil(pixels / nearest) == cells for pixels, cells in sides):
        return 1 / nearest
    exact = {pixels / cells for pixels, cells in sides}
    return 1 / exact.pop() if len(exact) == 1 and all(p % c == 0 for p, c in sides) else 1 / nearest


@dataclass(frozen=True)
class Regions:
    """The RoIs that features are compared in.

    Attributes:
        teacher: float32 (ΣR', 5): batch index, x1, y1, x2, y2 in the teacher's view; image-major.
        student: The same RoIs in the student's view.
        weights: s' (ΣR',).
    """

    teacher: Tensor
    student: Tensor
    weights: Tensor


@MODELS.register_module()
class FeatureKD(Term):
    """The student's RoI features shall be those of the teacher.

    The same RoIs R' and the same weights s' serve both networks, each with the boxes in its own view.

    Args:
        teacher: Name of the teacher.
        feat_level: What is compared: ``'conv_roi'``, RoI-pooled maps (Eq. (3)), or ``'fc7'``, those after each
            network's fully connected layers (the released files).
        layers: Maps to pool from, as :func:`~.maps.layer_pairs` reads them; None: the last feature maps.
        roi_select: R': ``'all'`` proposals, those that survive ``'nms'`` on s, or the ``'topk'`` by s.
        roi_weight: s': ``'none'``, 1; ``'list'``, w_R of the proposals' own scores as the teacher weighs them;
            ``'teacher'``, s divided by its largest in R'.
        objectness: s, from the teacher's S: ``'max'`` or ``'sum'`` over classes.
        nms_iou: Overlap above which the worse box goes.
        max_rois: At most how many RoIs per image with ``'nms'`` and ``'topk'``.
        roi_layer: Config of the RoI layer; its ``spatial_scale`` is found from the sizes of map and view.
        student_channels: C of the student, per layer or one for all; to be given where it is not the teacher's. With
            ``'fc7'`` of what comes out of the fully connected layers.
        teacher_channels: C of the teacher, likewise.
        loss_weight: Factor.

    Raises:
        ConfigError: If a value is none of those named, or makes no sense.
    """

    def __init__(
        self,
        teacher: str = 'wsd',
        feat_level: Literal['conv_roi', 'fc7'] = 'conv_roi',
        layers: Sequence[Layer] | None = None,
        roi_select: RoISelect = 'all',
        roi_weight: RoIWeight = 'none',
        objectness: Literal['max', 'sum'] = 'max',
        nms_iou: float = 0.4,
        max_rois: int = 100,
        roi_layer: Mapping[str, Any] | None = None,
        student_channels: int | Sequence[int] | None = None,
        teacher_channels: int | Sequence[int] | None = None,
        loss_weight: float = 1.0,
    ) -> None:
        pairs = layer_pairs(layers)
        super().__init__(teacher, loss_weight, tap_names(pairs, 0), tap_names(pairs, 1))
        check_choice('feat_level', feat_level, ('conv_roi', 'fc7'))
        check_choice('roi_select', roi_select, ('all', 'nms', 'topk'))
        check_choice('roi_weight', roi_weight, ('none', 'list', 'teacher'))
        check_choice('objectness', objectness, ('max', 'sum'))
        check_number('nms_iou', nms_iou, 0, 1)
        check_number('max_rois', max_rois, 1, whole=True)
        if feat_level == 'fc7' and len(pairs) > 1:
            raise ConfigError(
                "With feat_level='fc7' there is one map to pool from.", where='layers', found=f'{len(pairs)} layers'
            )
        self.student_outputs = ('feats', 'roi_embed') if feat_level == 'fc7' else ('feats',)
        self.pairs = pairs
        self.feat_level = feat_level
        self.roi_select, self.roi_weight = roi_select, roi_weight
        self.objectness, self.nms_iou, self.max_rois = objectness, nms_iou, max_rois
        self.roi_layer = dict(roi_layer or {'type': 'FastRCNNRoIPool', 'output_size': 7})
        channels = zip(
            per_layer(student_channels, len(pairs), 'student_channels'),
            per_layer(teacher_channels, len(pairs), 'teacher_channels'),
            strict=True,
        )
        self.adapters = nn.ModuleList([ChannelAdapter(s, t, vectors=feat_level == 'fc7') for s, t in channels])
        # Without parameters; one for each scale, so that maps of different strides have their own. What is wrong with
        # the config is told now, not at the first batch.
        self._roi_layers: dict[float, nn.Module] = {1.0: build_model({**self.roi_layer, 'spatial_scale': 1.0})}

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss``, or ``loss_0``, ``loss_1``, ... for several layers."""
        teacher = teachers[self.teacher]
        regions = self.regions(student, teacher, len(batch))
        index, weight = regions.teacher[:, 0].long(), regions.weights
        losses = {}
        for i, (pair, adapter) in enumerate(zip(self.pairs, self.adapters, strict=True)):
            student_map = read_map(student, pair[0] if pair else None)
            teacher_map = read_map(teacher, pair[1] if pair else None)
            if self.feat_level == 'fc7':
                target = teacher.roi_embed(self._pool(teacher_map, teacher, regions.teacher, weight), index)
                embedded = student.roi_embed(self._pool(student_map, student, regions.student, weight), index)
                value = adapter(at_least_float32(embedded), target.shape[1])
            else:
                target = self._pool(teacher_map, teacher, regions.teacher, weight)
                value = self._pool(adapter(student_map, teacher_map.shape[1]), student, regions.student, weight)
            loss = roi_feature_loss(target, value, index, len(batch))
            losses['loss' if len(self.pairs) == 1 else f'loss_{i}'] = self.loss_weight * loss
        return losses

    def regions(self, student: NetworkOutputs, teacher: NetworkOutputs, num_images: int) -> Regions:
        """R' in both views, and s'.

        Args:
            student: The student's outputs.
            teacher: The teacher's.
            num_images: N.

        Raises:
            ConfigError: If the two do not see the same proposals.
        """
        if len(student.rois) != len(teacher.rois):
            raise ConfigError(
                'Student and teacher do not see the same proposals.',
                found=f'{len(student.rois)} in the view of the student, {len(teacher.rois)} in that of the teacher',
                expected='as many in each, in the same order',
                fix='let the data_preprocessor of neither network drop boxes',
            )
        keep, weight = self.choose(teacher, num_images)
        return Regions(teacher.rois[keep], student.rois[keep], weight)

    @torch.no_grad()
    def choose(self, teacher: NetworkOutputs, num_images: int) -> tuple[Tensor, Tensor]:
        """R' and s'.

        Args:
            teacher: The teacher's outputs.
            num_images: N.

        Returns:
            int64 (ΣR',), positions in the list of proposals, image-major; float32 (ΣR',), their weights.
        """
        scores = teacher.roi_scores
        if self.roi_select != 'all' or self.roi_weight == 'teacher':
            cls_logits, det_logits = teacher.bag_logits
            s = teacher.network.bbox_head.roi_scores(cls_logits, det_logits, teacher.roi_index, num_images)
            scores = s.amax(1) if self.objectness == 'max' else s.sum(1)
        keep = select_rois(teacher.rois, scores, self.roi_select, self.nms_iou, self.max_rois)
        if self.roi_weight == 'teacher':
            return keep, relative_scores(scores[keep], teacher.roi_index[keep], num_images)
        weight = teacher.roi_weights if self.roi_weight == 'list' else torch.ones_like(teacher.roi_scores)
        return keep, weight[keep]

    def _pool(self, feat: Tensor, outputs: NetworkOutputs, rois: Tensor, weight: Tensor) -> Tensor:
        """s' x RoI layer: (ΣR', C, h, w)."""
        scale = spatial_scale(feat.shape[-2:], outputs.inputs.shape[-2:])
        if scale not in self._roi_layers:
            self._roi_layers[scale] = build_model({**self.roi_layer, 'spatial_scale': scale})
        return self._roi_layers[scale](feat, rois) * weight[:, None, None, None]
