"""CorLoc: how often the best box of a class is right, in images that contain the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .box_inputs import Detections, Objects, check_iou_threshold, check_labels
from .box_matching import best_overlaps


@dataclass(frozen=True)
class CorLoc:
    """Numbers per class.

    Attributes:
        share: float64 (K,) in [0, 1]; NaN for a class that no image contains.
        localised: int64 (K,), images in which the best box is right.
        positives: int64 (K,), images that contain the class.
    """

    share: NDArray[np.float64]
    localised: NDArray[np.int64]
    positives: NDArray[np.int64]

    @property
    def left_out(self) -> list[int]:
        """Classes that no image contains."""
        return np.flatnonzero(self.positives == 0).tolist()


def corloc(
    detections: Detections,
    objects: Objects,
    num_classes: int,
    iou_thr: float = 0.5,
    with_difficult: bool = False,
    pixel_boxes: bool = False,
) -> CorLoc:
    """Correct localisation (Deselaers et al., IJCV 2012), per class.

    Of the images that contain an object of the class, the share in which the box that the class scores highest overlaps
    one of these objects by at least the threshold. Of equal scores the first box of the image counts. An image that
    contains the class and has no box of it is not localised.

    Args:
        detections: Of all images; for each image and class the one with the highest score counts.
        objects: Of the same images.
        num_classes: K.
        iou_thr: Least overlap.
        with_difficult: Whether difficult objects are objects like others, as in the scripts of OICR, PCL and wetectron;
            otherwise they are not there.
        pixel_boxes: See :func:`~.box_matching.pair_iou`.

    Raises:
        MLKDError: If a box is of no class or the threshold not above 0 and at most 1.
    """
    check_iou_threshold(iou_thr)
    for boxes in (detections, objects):
        check_labels(boxes, num_classes)
    if not with_difficult:
        kept = ~objects.difficult
        objects = Objects(
            objects.bboxes[kept], objects.labels[kept], objects.images[kept], np.zeros(int(kept.sum()), bool)
        )
    order = np.lexsort((-detections.scores, detections.groups(num_classes)))
    _, leading = np.unique(detections.groups(num_classes)[order], return_index=True)
    rows = order[leading]
    top = Detections(*(getattr(detections, key)[rows] for key in ('bboxes', 'labels', 'images', 'scores')))
    right = best_overlaps(top, objects, num_classes, pixel_boxes).iou >= iou_thr
    localised = np.bincount(top.labels[right], minlength=num_classes)
    positives = np.bincount(np.unique(objects.groups(num_classes)) % num_classes, minlength=num_classes)
    share = np.divide(localised, positives, out=np.full(num_classes, np.nan), where=positives > 0)
    return CorLoc(share, localised, positives)
