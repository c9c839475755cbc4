"""Class maps as a segmentation: pixels of each class against those of a mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Value of a mask's pixels that count for nothing (PASCAL VOC).
VOID = 255


def normalised(cams: np.ndarray) -> NDArray[np.float64]:
    """Class maps (n, H, W) of any sign, in 0..1: what is positive, divided by its maximum; zeros where nothing is."""
    positive = np.maximum(np.asarray(cams, np.float64), 0)
    highest = positive.max(axis=(1, 2), initial=0, keepdims=True)
    return np.divide(positive, highest, out=np.zeros_like(positive), where=highest > 0)


def pixel_counts(
    cams: np.ndarray, classes: Sequence[int], mask: np.ndarray, thresholds: Sequence[float], num_classes: int
) -> NDArray[np.int64]:
    """How many pixels of each class of a mask are taken for each class, at several thresholds of the background.

    A pixel is of the class whose normalised map is highest there, of equals the first, and of the background where
    none is above the threshold (AffinityNet, Puzzle-CAM).

    Args:
        cams: Normalised maps (n, H, W) of the classes that count, in [0, 1].
        classes: Which classes these are, (n,), from 0.
        mask: Whole numbers (H, W): 0 the background, k + 1 class k, 255 void, which counts for nothing.
        thresholds: T, rising.
        num_classes: K.

    Returns:
        int64 (T, K + 1, K + 1): rows are the mask's classes, columns those of the maps, the background first.
    """
    size, levels = num_classes + 1, len(thresholds) + 1
    counted = mask != VOID
    truth = mask[counted].astype(np.int64)
    if not len(classes):
        found, level = np.ones_like(truth), np.zeros_like(truth)
    else:
        inside = np.asarray(cams)[:, counted]
        best = inside.argmax(0)
        found = np.asarray(classes, np.int64)[best] + 1
        # How many of the thresholds the pixel is above.
        level = np.searchsorted(thresholds, np.take_along_axis(inside, best[None], 0)[0], side='left')
    joint = np.bincount((truth * size + found) * levels + level, minlength=size * size * levels)
    joint = joint.reshape(size, size, levels)
    counts = np.zeros((len(thresholds), size, size), np.int64)
    # Above the t-th threshold are the pixels that are above more than t of them.
    counts[:] = np.moveaxis(joint[..., ::-1].cumsum(-1)[..., ::-1][..., 1:], -1, 0)
    counts[:, :, 0] = joint.sum((1, 2)) - counts.sum(2)
    return counts


def intersection_over_union(counts: np.ndarray) -> NDArray[np.float64]:
    """IoU of each class from counts (..., C, C); NaN where neither mask nor maps have the class."""
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    union = counts.sum(-1) + counts.sum(-2) - right
    return np.divide(right, union, out=np.full(union.shape, np.nan), where=union > 0)
