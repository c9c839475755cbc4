"""Recall of class-agnostic boxes: which box of a ranked list covers which object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: What average recall is the mean over (COCO).
IOU_THRESHOLDS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10).astype(np.float64)
#: Least and largest area in square pixels of small, medium and large objects (COCO); both ends belong to the range.
AREAS: dict[str, tuple[float, float]] = {
    'small': (0.0, 32.0**2),
    'medium': (32.0**2, 96.0**2),
    'large': (96.0**2, np.inf),
}
#: Rank of an object that no box covers.
NEVER = np.iinfo(np.int32).max


def box_overlaps(boxes: np.ndarray, objects: np.ndarray) -> NDArray[np.float64]:
    """IoU of each box with each object, in float64.

    Args:
        boxes: (R, 4), xyxy, right and bottom edge exclusive.
        objects: (G, 4), likewise.

    Returns:
        (R, G); 0 where both have no area.
    """
    a, b = (np.asarray(x, np.float64).reshape(-1, 4) for x in (boxes, objects))
    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    inside = np.maximum(width, 0) * np.maximum(height, 0)
    areas = [(x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1]) for x in (a, b)]
    union = areas[0][:, None] + areas[1][None] - inside
    return np.divide(inside, union, out=np.zeros_like(inside), where=union > 0)


def covering_ranks(
    iou: np.ndarray, groups: np.ndarray | None = None, thresholds: np.ndarray = IOU_THRESHOLDS
) -> NDArray[np.int32]:
    """Which box covers each object, if boxes and objects are matched one to one as COCO does.

    The boxes choose in their order: each takes, of the objects that no box before it has taken and that it overlaps
    by the threshold at least, the one that it overlaps most (of equal ones the last), as ``COCOeval.evaluateImg``
    does. The recall of the first n boxes is then the share of objects with a rank below n, for every n.

    With ``groups``, the objects of each group are matched as if there were no others: what COCO does for a range of
    areas, where the objects outside of it are ignored.

    Args:
        iou: (R, G); the boxes best first.
        groups: int (G,), which group each object is of; None: all are one group.
        thresholds: (T,).

    Returns:
        int32 (T, G), place of the covering box in the list, from 0; :data:`NEVER` where there is none.
    """
    # As in COCOeval, for the sake of boxes that are equal to an object.
    least = np.minimum(np.asarray(thresholds, np.float64), 1 - 1e-10)
    ranks = _first_covering(iou, least)
    for members in [slice(None)] if groups is None else [groups == group for group in np.unique(groups)]:
        firsts = np.sort(ranks[:, members], axis=1)
        # Where each object's first box is another one, no two objects want the same box.
        wanted_twice = ((firsts[:, 1:] == firsts[:, :-1]) & (firsts[:, 1:] != NEVER)).any(axis=1)
        for row in np.flatnonzero(wanted_twice):
            ranks[row, members] = _greedy(iou[:, members], least[row])
    return ranks


def recall_at(ranks: np.ndarray, numbers: Sequence[int]) -> NDArray[np.float64]:
    """Share of the objects that the first n boxes of each image cover.

    Args:
        ranks: (T, G) of :func:`covering_ranks`, the objects of all images side by side.
        numbers: (M,), values of n.

    Returns:
        (M, T) in [0, 1]; NaN if there is no object. The mean over T is the average recall (AR) at n boxes.
    """
    if not ranks.shape[1]:
        return np.full((len(numbers), len(ranks)), np.nan)
    return np.stack([(ranks < n).mean(axis=1) for n in numbers])


def size_members(areas: np.ndarray) -> dict[str, NDArray[np.bool_]]:
    """Which objects are small, medium and large.

    Args:
        areas: (G,), square pixels.
    """
    return {name: (areas >= low) & (areas <= high) for name, (low, high) in AREAS.items()}


def _first_covering(iou: np.ndarray, thresholds: np.ndarray) -> NDArray[np.int32]:
    """Place of the first box that overlaps each object by each threshold, (T, G)."""
    count, objects = iou.shape
    # The best overlap so far never falls: a binary search finds where it first reaches a threshold.
    best = np.maximum.accumulate(iou, axis=0)
    places = [best[:, column].searchsorted(thresholds, side='left') for column in range(objects)]
    found = np.array(places, np.int64).reshape(objects, len(thresholds)).T
    return np.where(found < count, found, NEVER).astype(np.int32)


def _greedy(iou: np.ndarray, threshold: float) -> NDArray[np.int32]:
    """Ranks (G,) at one threshold, box by box."""
    ranks = np.full(iou.shape[1], NEVER, np.int32)
    candidates = [iter(np.flatnonzero(iou[:, column] >= threshold).tolist()) for column in range(iou.shape[1])]
    waiting = {column: next(places, NEVER) for column, places in enumerate(candidates)}
    while waiting:
        box = min(waiting.values())
        if box == NEVER:
            break
        # All free objects that this box covers wait for it: those that it could have covered before are taken.
        wanting = [column for column, place in waiting.items() if place == box]
        winner = max(wanting, key=lambda column: (iou[box, column], column))
        ranks[winner] = box
        del waiting[winner]
        waiting.update({column: next(candidates[column], NEVER) for column in wanting if column != winner})
    return ranks
