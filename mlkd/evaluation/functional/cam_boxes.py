"""Boxes from class maps: what is around the cells that answer most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Components = Literal['largest', 'all']


def cam_boxes(
    cam: np.ndarray, shares: Sequence[float], components: Components = 'largest'
) -> list[NDArray[np.float64]]:
    """Boxes around the connected parts of a class map that reach a share of its maximum (Zhou et al., CVPR 2016).

    Pixels that touch at a corner are connected. A map that is nowhere positive has no box.

    Args:
        cam: (H, W), of any sign; what is not positive does not count.
        shares: T shares of the maximum, each above 0, at most 1.
        components: ``'largest'``: the part with the most pixels alone, of equals the first; ``'all'``: each part, that
            with the highest pixel first.

    Returns:
        For each share float64 (n, 4), xyxy pixels, x2 and y2 exclusive.

    >>> cam_boxes(np.array([[0, 4, 4], [0, 1, 0], [2, 0, 0]]), (0.2, 0.5, 1.0))[2].tolist()
    [[1.0, 0.0, 3.0, 1.0]]
    """
    cam = np.asarray(cam, np.float64)
    highest = cam.max(initial=0.0)
    if highest <= 0:
        return [np.zeros((0, 4)) for _ in shares]
    return [_parts(cam, (cam >= share * highest) & (cam > 0), components) for share in shares]


def _parts(cam: np.ndarray, inside: np.ndarray, components: Components) -> NDArray[np.float64]:
    """Boxes of the connected parts of a mask that is not empty."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    # The first part is what is outside.
    statistics = statistics[1:]
    if components == 'largest':
        order = np.array([statistics[:, cv2.CC_STAT_AREA].argmax()])
    else:
        peaks = np.zeros(count)
        np.maximum.at(peaks, labels.ravel().astype(np.intp), cam.ravel())
        order = np.argsort(-peaks[1:], kind='stable')
    x, y, width, height = statistics[order, :4].astype(np.float64).T
    return np.stack([x, y, x + width, y + height], 1)
