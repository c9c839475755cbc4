"""The spatial regulariser of WSDDN: boxes that overlap the best one shall look like it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from mlkd.models.utils.precision import at_least_float32


def devkit_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """Pairwise-by-position overlap of the VOC devkit, where a box from x1 to x2 is x2 - x1 + 1 wide.

    Args:
        boxes: (..., 4), xyxy.
        others: (..., 4), broadcastable to ``boxes``.

    Returns:
        Intersection over union (...).
    """
    size = (torch.minimum(boxes[..., 2:], others[..., 2:]) - torch.maximum(boxes[..., :2], others[..., :2]) + 1).clamp(
        0
    )
    intersection = size.prod(-1)
    areas = [(b[..., 2:] - b[..., :2] + 1).prod(-1) for b in (boxes, others)]
    return intersection / (areas[0] + areas[1] - intersection)


def spatial_regulariser(
    scores: Tensor,
    feats: Tensor,
    rois: Tensor,
    label: Tensor,
    score_weight: Literal['s2', 's'] = 's2',
    iou_thr: float = 0.6,
    num_neighbours: int = 9,
) -> Tensor:
    r"""Squared distance of the best box's feature to those of its high-scoring neighbours.

    .. math:: L_{sp} = \frac1N \sum_n \frac12 \sum_{k: y_k = 1} \sum_{R \in P_k} S_{Rk}^2 \lVert f_R - f_{R^*} \rVert^2

    :math:`R^*` is the box of the image that scores best for class k, :math:`P_k` those among the next best
    ``num_neighbours`` that overlap it by more than ``iou_thr``. The scores are constants here; gradients reach both
    features. Source: public PyTorch port of WSDDN (weight S squared); what the Matlab release trains is weight S.

    Args:
        scores: S (ΣR, K).
        feats: f (ΣR, D), fc7 after dropout.
        rois: (ΣR, 5), image-major.
        label: (N, K); classes other than 1 do not count.
        score_weight: ``'s2'`` weighs by the squared score, ``'s'`` by the score.
        iou_thr: Overlap, by the devkit's rule, above which a box is a neighbour.
        num_neighbours: How many of the next best boxes are looked at.

    Returns:
        Scalar; 0 where no image has a neighbour, and then still part of the graph of ``feats``.
    """
    scores, feats = at_least_float32(scores.detach()), at_least_float32(feats)
    total = feats.sum() * 0  # keeps every parameter in the graph, which distributed training counts on
    for n, present in enumerate((label == 1).unbind()):
        inside = (rois[:, 0] == n).nonzero().squeeze(1)
        score = scores[inside][:, present]
        if len(inside) < 2 or score.shape[1] == 0:
            continue
        score, order = score.sort(dim=0, descending=True, stable=True)
        score, order = score[: num_neighbours + 1], order[: num_neighbours + 1]
        boxes, f = rois[inside, 1:][order], feats[inside][order]
        weight = score[1:] ** 2 if score_weight == 's2' else score[1:]
        weight = weight * (devkit_iou(boxes[1:], boxes[:1]) > iou_thr)
        total = total + 0.5 * (weight * (f[1:] - f[:1]).square().sum(-1)).sum()
    return total / len(label)
