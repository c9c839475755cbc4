"""Boxes follow their image through a transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROPOSALS, GROUND_TRUTH = 'proposals', 'gt_bboxes'
#: What has a row for each box, by the key of the boxes.
_COMPANIONS = {PROPOSALS: ('proposal_scores',), GROUND_TRUTH: ('gt_bboxes_labels', 'gt_ignore_flags')}


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


def warp_boxes(results: dict[str, Any], matrix: np.ndarray) -> None:
    """Put around each box of a sample, moved by an affine map, the smallest upright box inside the image.

    What lies outside of the image, or less than a pixel of it inside, is left out with all that belongs to it; of
    proposals, if none is left, the whole image takes their place with the highest score.

    Args:
        results: What the pipeline hands on.
        matrix: (2, 3), from continuous coordinates before to those after.
    """
    height, width = results['img_shape']
    for key, companions in _COMPANIONS.items():
        if key not in results or not len(results[key]):
            continue
        boxes = results[key].astype(np.float64)
        corners = boxes[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2) @ matrix[:, :2].T + matrix[:, 2]
        moved = np.concatenate([corners.min(1), corners.max(1)], axis=1)
        moved = np.clip(moved, 0, [width, height, width, height])
        # Rounding must not decide about boxes that nothing happened to.
        kept = (moved[:, 2:] - moved[:, :2] >= np.minimum(1, boxes[:, 2:] - boxes[:, :2]) - 1e-6).all(1)
        kept &= (moved[:, 2:] > moved[:, :2]).all(1)
        others = {name: results[name] for name in companions if name in results}
        if key == PROPOSALS and not kept.any():
            best = [int(np.argmax(others['proposal_scores']))] if others else [0]
            moved, kept = np.array([[0, 0, width, height]], np.float64), np.ones(1, bool)
            others = {name: values[best] for name, values in others.items()}
        results[key] = moved[kept]
        results.update({name: values[kept] for name, values in others.items()})


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
