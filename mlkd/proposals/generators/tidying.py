"""Boxes as a store takes them."""

from __future__ import annotations

import numpy as np


def tidy(
    boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int], max_boxes: int, empty_score: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes inside their image, with an area, each once, best first.

    Args:
        boxes: (R, 4), xyxy pixels; R may be 0.
        scores: (R,); where they are equal, the order of the boxes stays.
        size: (height, width) of the image.
        max_boxes: At most so many are kept, the best.
        empty_score: Score of the whole image, which is the only box where none is left.

    Returns:
        float32 (R', 4), R' >= 1, and float32 (R',). Of equal boxes the one with the highest score is kept. What is not
        a number stays, for the store to refuse.
    """
    height, width = size
    whole = np.array([[0, 0, width, height]], np.float32)
    boxes = np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, np.tile(whole[0, 2:], 2))
    scores = np.asarray(scores, np.float32).reshape(-1)
    flat = (boxes[:, 2:] <= boxes[:, :2]).any(1)
    order = np.argsort(-scores[~flat], kind='stable')
    boxes, scores = boxes[~flat][order], scores[~flat][order]
    if not len(boxes):
        return whole, np.full(1, empty_score, np.float32)
    first = np.sort(np.unique(boxes, axis=0, return_index=True)[1])[:max_boxes]
    return boxes[first], scores[first]
