"""Boxes follow their image through a transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROPOSALS, GROUND_TRUTH = 'proposals', 'gt_bboxes'


def map_boxes(
    results: dict[str, Any],
    function: Callable[[np.ndarray], np.ndarray],
    keys: tuple[str, ...] = (PROPOSALS, GROUND_TRUTH),
) -> None:
    """Put ``function(boxes)`` in the place of all boxes of a sample that is being made.

    Args:
        results: What the pipeline hands on; boxes (n, 4), xyxy pixels, under ``keys`` where they are there.
        function: From boxes to boxes.
        keys: Which boxes.
    """
    for key in keys:
        if key in results:
            results[key] = function(results[key])


def rescaled(bboxes: np.ndarray, old: tuple[int, int], new: tuple[int, int]) -> np.ndarray:
    """Boxes of an image that is resized.

    Computed and kept in float64 until packing: whole pixels of a frame that a box is brought out of and back into stay
    whole, and are not truncated to the pixel before.

    Args:
        bboxes: (n, 4), xyxy pixels.
        old: (height, width) before.
        new: (height, width) after.

    Returns:
        (n, 4), float64 unless the sizes are the same.
    """
    if tuple(old) == tuple(new):
        return bboxes
    height, width = new[0] / old[0], new[1] / old[1]
    return bboxes * np.array([width, height, width, height])
