"""The numbers that the recall of proposals is told in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlkd.evaluation.functional.box_recall import AREAS, IOU_THRESHOLDS, recall_at, size_members
from mlkd.evaluation.proposal_recall import Ranks

#: IoU at which recall is told on its own.
TOLD_IOUS = (0.5, 0.7)


def summarise_recall(ranks: Ranks, classes: Sequence[str], numbers: Sequence[int]) -> dict[str, Any]:
    """Recall of all objects, of each size and of each class.

    Args:
        ranks: Of :func:`mlkd.evaluation.proposal_recall.rank_objects`.
        classes: Names of the K classes.
        numbers: Numbers of boxes to tell recall at.

    Returns:
        Plain JSON values, recall in percent: ``all``, ``sizes`` (by name) and ``classes`` (by name, those with
        objects), each with ``objects``, ``AR@n``, ``R@n`` (one value for each of ``ious``), and ``R50`` and ``R70`` at
        the largest n.
    """
    members = size_members(ranks.areas)
    return {
        'numbers': list(numbers),
        'ious': [round(float(iou), 2) for iou in IOU_THRESHOLDS],
        'all': _numbers(ranks.together, numbers),
        'sizes': {
            name: _numbers(of_size[:, members[name]], numbers)
            for name, of_size in zip(AREAS, ranks.by_size, strict=True)
        },
        'classes': {
            name: _numbers(ranks.by_class[:, ranks.classes == index], numbers)
            for index, name in enumerate(classes)
            if (ranks.classes == index).any()
        },
    }


def recall_curve(ranks: np.ndarray, iou: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Recall against the number of boxes.

    Args:
        ranks: (T, G) of all objects.
        iou: One of :data:`IOU_THRESHOLDS`.
        most: The largest number.

    Returns:
        Numbers from 1 to ``most``, (most,), and recall in percent at each.
    """
    row = ranks[iou_row(iou)]
    covered = np.bincount(row[row < most], minlength=most).cumsum()
    return np.arange(1, most + 1), 100 * covered / max(1, len(row))


def iou_row(iou: float) -> int:
    """Row of a threshold in ranks."""
    return int(np.abs(IOU_THRESHOLDS - iou).argmin())


def _numbers(ranks: np.ndarray, numbers: Sequence[int]) -> dict[str, Any]:
    recall = 100 * recall_at(ranks, numbers)
    told: dict[str, Any] = {'objects': ranks.shape[1]}
    if ranks.shape[1]:
        told.update({f'R{100 * iou:.0f}': float(recall[-1, iou_row(iou)]) for iou in TOLD_IOUS})
        told.update({f'AR@{n}': float(row.mean()) for n, row in zip(numbers, recall, strict=True)})
        told.update({f'R@{n}': row.tolist() for n, row in zip(numbers, recall, strict=True)})
    return told
