"""Ordering boxes that have no scores."""

from __future__ import annotations

import numpy as np
import torch
from torchvision.ops import box_iou, nms

#: IoU thresholds of the layers.
LAYERS = (0.5, 0.7)
_CHUNK = 1024


def rank_by_agreement(boxes: np.ndarray) -> np.ndarray:
    """Order boxes so that few of them cover many objects.

    A box counts for more the more of the others nearly agree with it (several colour spaces and scales have then found
    the same region; the sum of the fourth powers of its IoUs) and the larger it is (square root of its area). What
    non-maximum suppression at IoU 0.5 leaves comes first; of the rest, what it leaves at 0.7; then all others. Rule and
    powers were chosen on 60 photographs of VOC 2007 (:class:`SelectiveSearch` gives the recall).

    Args:
        boxes: (R, 4), xyxy, each once; small integers, so that equal input gives equal output everywhere.

    Returns:
        int64 (R,), positions in ``boxes``, best first.
    """
    rects = torch.as_tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    votes = np.zeros(len(rects))
    for start in range(0, len(rects), _CHUNK):
        # In double precision, so that an order of summation cannot change the order of the boxes.
        overlap = box_iou(rects[start : start + _CHUNK], rects).numpy().astype(np.float64)
        votes[start : start + _CHUNK] = (overlap**4).sum(1)
    area = np.prod(boxes[:, 2:].astype(np.float64) - boxes[:, :2], axis=1)
    weight = np.round(votes * np.sqrt(area), 6)
    rest = np.lexsort([*boxes.T[::-1], -weight])
    layers = []
    for threshold in LAYERS:
        kept = nms(rects[rest.copy()], torch.arange(len(rest), 0, -1, dtype=torch.float32), threshold).numpy()
        layers.append(rest[kept])
        rest = np.delete(rest, kept)
    return np.concatenate([*layers, rest])
