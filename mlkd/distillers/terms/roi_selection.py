"""Choosing proposals: from R to R', from s to s'."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from mlkd.models.utils import segment_positions

RoISelect = Literal['all', 'nms', 'topk']
#: A score below this is taken for 0 when scores are divided by the largest.
TINY = 1e-12


def select_rois(rois: Tensor, scores: Tensor, how: RoISelect, iou: float = 0.4, max_rois: int = 100) -> Tensor:
    """Choose proposals of each image.

    Args:
        rois: float32 (ΣR, 5), image-major.
        scores: Objectness (ΣR,).
        how: ``'all'``; ``'topk'``: the ``max_rois`` best of each image; ``'nms'``: likewise after class-agnostic
            non-maximum suppression.
        iou: Boxes that overlap a better one by more are suppressed.
        max_rois: At most how many of each image.

    Returns:
        int64 (ΣR',), positions in ``rois``; image-major, each image's best first (for ``'all'`` in their order).
    """
    if how == 'all' or len(rois) == 0:
        return torch.arange(len(rois), device=rois.device)
    index = rois[:, 0].long()
    if how == 'nms':
        # Images are told apart by an offset to the boxes, which in float32 would cost digits.
        kept = batched_nms(rois[:, 1:].double(), scores.double(), index, iou)
    else:
        kept = scores.argsort(descending=True, stable=True)
    kept = kept[index[kept].argsort(stable=True)]
    places = segment_positions(index[kept], int(index[-1]) + 1)
    return kept[places < max_rois]


def relative_scores(scores: Tensor, index: Tensor, num_images: int) -> Tensor:
    """Scores divided by the largest of their image.

    Args:
        scores: (ΣR,), at least 0.
        index: int64 (ΣR,), which image each belongs to.
        num_images: B.

    Returns:
        (ΣR,) in 0..1; all 0 for an image whose scores are all 0.
    """
    largest = scores.new_zeros(num_images).scatter_reduce(0, index, scores, 'amax')
    return scores / largest.clamp_min(TINY)[index]
