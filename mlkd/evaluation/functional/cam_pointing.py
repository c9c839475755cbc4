"""The pointing game: whether the highest pixel of a class map lies on an object of the class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Of the published protocol (Zhang et al., ECCV 2016 and IJCV 2018).
TOLERANCE = 15.0


def highest_pixel(cam: np.ndarray) -> tuple[float, float]:
    """Centre of the highest pixel of a map (H, W), as x and y; of pixels that tie the middle one in reading order.

    A map that was made larger has plateaus at its border, whose corner would be a worse place than their middle.

    >>> highest_pixel(np.array([[0, 0, 0], [0, 3, 0]]))
    (1.5, 1.5)
    """
    ties = np.flatnonzero(cam == cam.max())
    row, column = divmod(int(ties[len(ties) // 2]), cam.shape[1])
    return column + 0.5, row + 0.5


def points_at_boxes(point: tuple[float, float], boxes: np.ndarray, tolerance: float = TOLERANCE) -> NDArray[np.bool_]:
    """Which boxes a point lies in, or is no farther from than a tolerance.

    Args:
        point: x and y, centre of a pixel.
        boxes: (n, 4), xyxy pixels, x2 and y2 exclusive.
        tolerance: In pixels; distances are between centres of pixels.

    Returns:
        bool (n,).
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    # Centres of the first and the last pixel; the middle of what is narrower than a pixel.
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    first, last = np.minimum(boxes[:, :2] + 0.5, middle), np.maximum(boxes[:, 2:] - 0.5, middle)
    place = np.asarray(point, np.float64)
    away = np.maximum(np.maximum(first - place, place - last), 0)
    return np.hypot(*away.T) <= tolerance


def points_at_mask(point: tuple[float, float], mask: np.ndarray, tolerance: float = TOLERANCE) -> bool:
    """Whether a point lies on a mask, or is no farther from it than a tolerance.

    Args:
        point: x and y, centre of a pixel.
        mask: bool (H, W).
        tolerance: In pixels; distances are between centres of pixels.
    """
    rows, columns = np.nonzero(mask)
    return bool((np.hypot(columns + 0.5 - point[0], rows + 0.5 - point[1]) <= tolerance).any())
