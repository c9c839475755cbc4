"""Average precision of detections, by the arithmetic of the PASCAL VOC development kits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .box_inputs import Detections, Objects, check_labels
from .box_matching import NOT_COUNTED, TRUE_POSITIVE, best_overlaps, match

#: ``0:0.1:1`` as MATLAB computes it, from both ends to the middle: 3 * 0.1 is above 0.3, and a recall of 3 / 10 below
#: it. NumPy's ``arange(0, 1.1, 0.1)``, which Python ports take, has 0.6 and 0.7 a hair above these too.
RECALLS_OF_2007 = np.array([*(0.1 * k for k in range(6)), *(1 - 0.1 * k for k in range(4, -1, -1))])


@dataclass(frozen=True)
class DetectionMetrics:
    """Numbers per class; NaN for a class without an object that counts.

    Attributes:
        average_precision: float64 (K,) in [0, 1]: the area below the curve (VOC 2010 and later).
        eleven_point: float64 (K,) in [0, 1]: the mean over eleven recalls (VOC 2007).
        recall: float64 (K,): share of the objects that were found.
        positives: int64 (K,): objects that are not difficult.
        difficult: int64 (K,): difficult objects, which count neither way.
        detections: int64 (K,).
    """

    average_precision: NDArray[np.float64]
    eleven_point: NDArray[np.float64]
    recall: NDArray[np.float64]
    positives: NDArray[np.int64]
    difficult: NDArray[np.int64]
    detections: NDArray[np.int64]

    @property
    def left_out(self) -> list[int]:
        """Classes without an object that counts."""
        return np.flatnonzero(self.positives == 0).tolist()


def detection_metrics(
    detections: Detections, objects: Objects, num_classes: int, iou_thr: float = 0.5, pixel_boxes: bool = False
) -> DetectionMetrics:
    """Average precision per class of detections.

    The arithmetic is that of ``VOCevaldet.m`` and ``VOCap.m`` of the development kits (2007 for the eleven points,
    2010 to 2012 for the area), in float64. :func:`mmdet.evaluation.eval_map` differs from them: it computes overlaps
    in float32, puts difficult objects after all others (which decides between objects that are overlapped alike),
    sorts equal scores in no defined order, and asks for recalls of 0.6 and 0.7 plus rounding.

    Args:
        detections: Of all images, any number of each.
        objects: Of the same images.
        num_classes: K.
        iou_thr: Least overlap of a hit.
        pixel_boxes: See :func:`~.box_matching.pair_iou`. The boxes of mlkd end at x2 and y2, which makes them as wide
            as those of the kit's files, whose pixels count from 1 and include the last.

    Raises:
        MLKDError: If a box is of no class or the threshold not above 0 and at most 1.
    """
    for boxes in (detections, objects):
        check_labels(boxes, num_classes)
    best = best_overlaps(detections, objects, num_classes, pixel_boxes)
    status = match(detections, objects, best, iou_thr)
    ranked = detections.ranked()
    positives, difficult = (
        np.bincount(objects.labels[chosen], minlength=num_classes) for chosen in (~objects.difficult, objects.difficult)
    )
    counts = np.bincount(detections.labels, minlength=num_classes)
    parts = np.split(status[ranked], np.cumsum(counts)[:-1])
    values = np.array([_class_values(part, n) for part, n in zip(parts, positives.tolist(), strict=True)])
    area, eleven, recall = values.reshape(num_classes, 3).T
    return DetectionMetrics(area, eleven, recall, positives, difficult, counts)


def _class_values(status: np.ndarray, positives: int) -> tuple[float, float, float]:
    """AP as area, AP at eleven points and recall of one class, from what its ranked detections count as."""
    if not positives:
        return (np.nan,) * 3
    true = status[status != NOT_COUNTED] == TRUE_POSITIVE
    if not len(true):
        return (0.0,) * 3
    found = true.cumsum()
    precision = found / np.arange(1, len(true) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall = found / positives
    # Recall never falls: the best precision from a recall on is the envelope where that recall is first reached.
    places = np.searchsorted(recall, RECALLS_OF_2007, 'left')
    eleven = sum(envelope[place] for place in places if place < len(envelope)) / 11
    return envelope[true].sum() / positives, float(eleven), float(recall[-1])
