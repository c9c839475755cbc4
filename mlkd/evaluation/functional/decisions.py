"""From scores to decisions: which classes are said to be in an image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlkd.errors import MLKDError

from .inputs import Array, as_scores_and_labels


def above_threshold(scores: Array, labels: Array, threshold: float | NDArray[np.floating] = 0.5) -> NDArray[np.bool_]:
    """Classes whose score is above ``threshold``, strictly; ignored cells are never said to be present.

    Args:
        scores: (N, K).
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        threshold: In the unit of the scores; one, or (K,) for each class its own.

    Returns:
        bool (N, K).
    """
    score, label = as_scores_and_labels(scores, labels)
    return (score > threshold) & (label >= 0)


def top_k(scores: Array, labels: Array, k: int, threshold: float | None = None) -> NDArray[np.bool_]:
    """The ``k`` classes of each image that score highest.

    Ignored cells take no place among them. Of equal scores, the class that comes first is taken.

    Args:
        scores: (N, K).
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        k: How many per image, at most.
        threshold: Of the ``k``, only those that score above it, strictly. None forces ``k`` in every image.

    Returns:
        bool (N, K), at most ``k`` True per row.

    Raises:
        MLKDError: If ``k`` is not between 1 and K.

    >>> top_k([[.9, .6, .1]], [[1, 0, 0]], k=2).tolist(), top_k([[.9, .2, .1]], [[1, 0, 0]], 2, .5).tolist()
    ([[True, True, False]], [[True, False, False]])
    """
    score, label = as_scores_and_labels(scores, labels)
    if not 1 <= k <= score.shape[1]:
        raise MLKDError(
            'There are fewer classes than the top-k metric asks for.',
            where='topk',
            found=k,
            expected=f'between 1 and {score.shape[1]}, the number of classes',
        )
    counted = label >= 0
    valid = np.where(counted, score, -np.inf)
    # Of cells equal to the k-th best, the first ones fill the places that those above it leave.
    kth = -np.partition(-valid, k - 1, axis=1)[:, k - 1 : k]
    above, equal = valid > kth, valid == kth
    chosen = above | (equal & (equal.cumsum(axis=1) <= k - above.sum(axis=1, keepdims=True)))
    chosen &= counted
    return chosen if threshold is None else chosen & (score > threshold)
