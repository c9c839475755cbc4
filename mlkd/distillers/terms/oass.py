"""A classifier that teaches itself where to look: class maps of whole views against those of their pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from mlkd.arguments import check_choice, check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.schedules import ramp_up, training_progress
from mlkd.distillers.views import FrameBatch
from mlkd.models.heads.cam_head import CAM_LAYER
from mlkd.models.layers.class_maps import normalised_maps
from mlkd.models.layers.key_points import PER_IMAGE, KeyPointFinder, KeyPoints, Strategy, TopkFilter
from mlkd.models.layers.puzzle import cut_views, merge_maps
from mlkd.models.losses.soft_margin import soft_margin
from mlkd.models.utils.labels import stack_labels
from mlkd.models.utils.precision import at_least_float32
from mlkd.registry import MODELS

from .base import Term
from .patch_network import PatchNorm, PatchStatistics, piece_maps

Distance = Literal['l1', 'l2']


@MODELS.register_module()
class OASS(Term):
    r"""Object-aware self-supervision (ICIP 2022): views are cut in four at key points that their class maps give.

    The maps of the pieces, put together to R, are compared to those of the whole, A, both raw, and classified:

    .. math:: L = \alpha_p \ell(\mathrm{GAP}(R), t) + \alpha_{re}(t) \frac1{K h w} \sum m |A - R|

    With a key point per image the mask m and the target t are its labels, and losses are means over images. With one
    per present class, m is that class alone, and losses are means over the key points of the batch; t is one-hot for a
    teacher (which gets no gradient, so that the term only shifts what is logged), and all labels of the image for the
    student, which would else unlearn the other classes. Gradients flow through R where the student makes it.

    Args:
        strategy: See :class:`~mlkd.models.layers.key_points.KeyPointFinder`.
        teacher: Whose maps of the pieces are compared: a :class:`~mlkd.distillers.self_teacher.SelfTeacher`, or any
            classifier with class maps; None: the student's own.
        consistency_weight: alpha_re, in the end.
        ramp: Share of the training over which it grows from 0; 0: constant.
        patch_weight: alpha_p.
        distance: ``'l1'``, or ``'l2'``, the mean square.
        anchor_weight: Weight of :math:`\ell(\mathrm{GAP}(A), y)`, a remedy, not published, where maps die out.
        patch_norm: ``'joint'`` or ``'per_keypoint'`` (published); see :func:`~.patch_network.piece_maps`.
        patch_statistics: ``'update'`` (published) or ``'hold'``, for pieces that the student looks at.
        num_maxima: As the finder's, and so the rest.
        min_distance: In pixels.
        ctopk_filter: ``'none'``, ``'radius'`` or ``'legacy'``.
        radius: In pixels.
        floor_each: Whether each term of the weighted mean is truncated.

    Raises:
        ConfigError: If a value is none of those named, or makes no sense.
    """

    student_outputs = ('logits',)
    student_fix = "give the student class maps: neck=dict(type='LastMap'), head=dict(type='CAMHead', ...)"

    def __init__(
        self,
        strategy: Strategy = 'cmax',
        teacher: str | None = None,
        consistency_weight: float = 3.0,
        ramp: float = 0.05,
        patch_weight: float = 0.5,
        distance: Distance = 'l1',
        anchor_weight: float = 0.0,
        patch_norm: PatchNorm = 'joint',
        patch_statistics: PatchStatistics = 'update',
        num_maxima: int = 5,
        min_distance: int | None = None,
        ctopk_filter: TopkFilter = 'none',
        radius: float | None = None,
        floor_each: bool = False,
    ) -> None:
        super().__init__(teacher or '', student_taps=(CAM_LAYER,))
        check_choice('distance', distance, get_args(Distance))
        check_choice('patch_norm', patch_norm, get_args(PatchNorm))
        check_choice('patch_statistics', patch_statistics, get_args(PatchStatistics))
        weights = {
            'consistency_weight': consistency_weight,
            'patch_weight': patch_weight,
            'anchor_weight': anchor_weight,
        }
        for key, weight in weights.items():
            check_number(key, weight, 0)
        check_number('ramp', ramp, 0, 1)
        self.finder = KeyPointFinder(strategy, num_maxima, min_distance, ctopk_filter, radius, floor_each)
        self.consistency_weight, self.ramp, self.patch_weight = consistency_weight, ramp, patch_weight
        self.distance, self.anchor_weight = distance, anchor_weight
        self.patch_norm, self.patch_statistics = patch_norm, patch_statistics

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss_patch``, ``loss_consistency``, with an anchor ``loss_anchor``; and what to watch.

        ``weight`` is alpha_re now; ``fallback`` the share of key points, and ``empty_maps`` the share of present
        classes, that the maps said nothing of.
        """
        maps = at_least_float32(student.taps[CAM_LAYER])
        labels = stack_labels(student.samples, maps.shape[1]).to(maps.device)
        present = labels == 1
        normalised = normalised_maps(maps.detach())
        view = (student.inputs.shape[-2], student.inputs.shape[-1])
        keys = self.finder(normalised, present, view)
        merged = self._merged(teachers[self.teacher] if self.teacher else student, student.inputs, maps, keys)
        weight = ramp_up(self.consistency_weight, self.ramp, training_progress())
        losses = {
            'loss_patch': self.patch_weight * self.patch_loss(merged, labels, keys),
            'loss_consistency': weight * self.consistency_loss(maps, merged, present, keys),
        }
        if self.anchor_weight:
            losses['loss_anchor'] = self.anchor_weight * soft_margin(maps.mean((2, 3)), labels)
        empty = present & ~normalised.flatten(2).any(2)
        return {
            **losses,
            'weight': maps.new_tensor(weight),
            'fallback': keys.fell_back.sum() / max(len(keys), 1),
            'empty_maps': empty.sum() / present.sum().clamp(min=1),
        }

    def _merged(self, network: NetworkOutputs, views: Tensor, maps: Tensor, keys: KeyPoints) -> Tensor:
        """R (n, K, h, w), of n key points."""
        if not len(keys):
            return maps.new_zeros((0, *maps.shape[1:]))
        pieces = piece_maps(network, cut_views(views, keys), self.patch_norm, self.patch_statistics)
        return merge_maps(pieces, keys, (views.shape[-2], views.shape[-1]), (maps.shape[-2], maps.shape[-1]))

    def patch_loss(self, merged: Tensor, labels: Tensor, keys: KeyPoints) -> Tensor:
        """L_p.

        Args:
            merged: R (n, K, h, w).
            labels: (B, K); 1 present, 0 absent, -1 ignored.
            keys: The n key points.
        """
        if not len(keys):
            return merged.sum()
        target = labels[keys.images]
        if self.teacher and self.finder.strategy not in PER_IMAGE:
            target = F.one_hot(keys.classes, labels.shape[1])
        return soft_margin(merged.mean((2, 3)), target)

    def consistency_loss(self, maps: Tensor, merged: Tensor, present: Tensor, keys: KeyPoints) -> Tensor:
        """L_re, divided by all cells of all classes, those that are masked included.

        Args:
            maps: A (B, K, h, w), raw.
            merged: R (n, K, h, w).
            present: bool (B, K).
            keys: The n key points.
        """
        if not len(keys):
            return maps.sum() * 0
        if self.finder.strategy in PER_IMAGE:
            difference = (maps - merged) * present[..., None, None]
        else:
            rows = torch.arange(len(keys), device=maps.device)
            difference = maps[keys.images, keys.classes] - merged[rows, keys.classes]
        total = difference.abs().sum() if self.distance == 'l1' else difference.square().sum()
        return total / (len(keys) * maps[0].numel())


@MODELS.register_module()
class PuzzleCAM(OASS):
    """Puzzle-CAM (ICIP 2021): views are cut in the middle, the network itself looks at the tiles, all at once.

    Args:
        consistency_weight: alpha, in the end.
        ramp: Share of the training over which it grows from 0; 0: constant.
        patch_weight: Weight of the classification of the merged maps.
        distance: ``'l1'`` or ``'l2'``.
        patch_statistics: Whether the tiles change running statistics, as published.
    """

    def __init__(
        self,
        consistency_weight: float = 4.0,
        ramp: float = 0.5,
        patch_weight: float = 1.0,
        distance: Distance = 'l1',
        patch_statistics: PatchStatistics = 'update',
    ) -> None:
        super().__init__(
            'centre', None, consistency_weight, ramp, patch_weight, distance, patch_statistics=patch_statistics
        )
