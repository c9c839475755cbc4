"""Which detections hit which objects, by the rules of the PASCAL VOC development kit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .box_inputs import Boxes, Detections, Objects, check_iou_threshold

TRUE_POSITIVE, FALSE_POSITIVE, NOT_COUNTED = 1, 0, -1


@dataclass(frozen=True)
class BestOverlaps:
    """For each box the object of its image and class that it overlaps most.

    Attributes:
        iou: float64 (n,); 0 where there is no object or none is overlapped.
        object: int64 (n,), which; of equal overlaps the first in the annotation; -1 where there is none.
    """

    iou: NDArray[np.float64]
    object: NDArray[np.int64]


def pair_iou(a: np.ndarray, b: np.ndarray, pixel_boxes: bool = False) -> NDArray[np.float64]:
    """Intersection over union of boxes one by one.

    Args:
        a: (n, 4), xyxy pixels.
        b: (n, 4).
        pixel_boxes: Whether x2 and y2 name the last pixel of a box, so that it is x2 - x1 + 1 wide (the files of the
            development kit); otherwise they are where the box ends (all boxes in mlkd).

    Returns:
        float64 (n,) in [0, 1]; 0 where boxes do not meet, or one has no area.

    >>> pair_iou(np.array([[0, 0, 10, 10]]), np.array([[0, 0, 10, 5]])).tolist()
    [0.5]
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    extra = 1.0 if pixel_boxes else 0.0
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]) + extra
    meet = (sides > 0).all(axis=1)
    shared = np.where(meet, sides[:, 0] * sides[:, 1], 0.0)
    areas = [(x[:, 2] - x[:, 0] + extra) * (x[:, 3] - x[:, 1] + extra) for x in (a, b)]
    union = areas[0] + areas[1] - shared
    return np.divide(shared, union, out=np.zeros(len(a)), where=meet)


def best_overlaps(boxes: Boxes, objects: Objects, num_classes: int, pixel_boxes: bool = False) -> BestOverlaps:
    """For each box the object of its image and class that it overlaps most.

    Args:
        boxes: n boxes.
        objects: Of the same images.
        num_classes: K.
        pixel_boxes: See :func:`pair_iou`.
    """
    order = np.argsort(objects.groups(num_classes), kind='stable')
    groups, wanted = objects.groups(num_classes)[order], boxes.groups(num_classes)
    first = np.searchsorted(groups, wanted, 'left')
    count = np.searchsorted(groups, wanted, 'right') - first
    # All pairs of a box and an object of its image and class, box by box.
    ends = np.cumsum(count)
    box = np.repeat(np.arange(len(boxes)), count)
    other = order[np.repeat(first - (ends - count), count) + np.arange(len(box))]
    iou = pair_iou(boxes.bboxes[box], objects.bboxes[other], pixel_boxes)
    best, which = np.zeros(len(boxes)), np.full(len(boxes), -1, np.int64)
    some = count > 0
    if some.any():
        best[some] = np.maximum.reduceat(iou, (ends - count)[some])
    places = np.flatnonzero((iou == best[box]) & (iou > 0))
    rows, leading = np.unique(box[places], return_index=True)
    which[rows] = other[places[leading]]
    return BestOverlaps(best, which)


def match(detections: Detections, objects: Objects, best: BestOverlaps, iou_thr: float = 0.5) -> NDArray[np.int8]:
    """What each detection counts as, by the rules of ``VOCevaldet.m``.

    In the order of falling scores each detection is given the object of its image and class that it overlaps most,
    whether or not that was found before. Where the overlap is at least the threshold, it counts as a true positive if
    it is the object's first and as a false positive if not, and for a difficult object as neither. Where it is not, as
    a false positive.

    Args:
        detections: n detections.
        objects: Of the same images.
        best: Of :func:`best_overlaps`.
        iou_thr: Least overlap.

    Returns:
        int8 (n,): 1 true positive, 0 false positive, -1 not counted.

    Raises:
        MLKDError: If the threshold is not above 0 and at most 1.
    """
    check_iou_threshold(iou_thr)
    status = np.full(len(detections), FALSE_POSITIVE, np.int8)
    ranked = detections.ranked()
    hits = ranked[best.iou[ranked] >= iou_thr]
    difficult = objects.difficult[best.object[hits]]
    status[hits[difficult]] = NOT_COUNTED
    hits = hits[~difficult]
    _, leading = np.unique(best.object[hits], return_index=True)
    status[hits[leading]] = TRUE_POSITIVE
    return status
