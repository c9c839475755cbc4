"""Average precision of many classes at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .inputs import Array, as_scores_and_labels


def average_precision(
    scores: Array, labels: Array, interpolated: bool = True, tied: Literal['together', 'in_order'] = 'together'
) -> NDArray[np.float64]:
    """Average precision per class.

    Interpolated, it is that of the PASCAL VOC 2010 development kit: precision at each recall is the best at that or a
    higher recall, and AP the area below. Equal scores keep the order of the images (a stable sort), as in the scripts
    of SRN (Zhu et al., CVPR 2017) that the numbers of the literature come from; AP then depends on that order.

    Not interpolated, it is scikit-learn's ``average_precision_score``: the mean of the precision at each positive.
    Equal scores are one threshold and enter together, so that AP does not depend on the order of the images; or, with
    ``tied='in_order'``, keep it, as in the meter of ML-GCN.

    Ignored cells count neither as positive nor as negative.

    Args:
        scores: (N, K), finite; higher is more certain.
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        interpolated: Which of the two.
        tied: See above; of no account if interpolated.

    Returns:
        float64 (K,) in [0, 1]; NaN for a class without a positive.

    Raises:
        MLKDError: If scores and labels do not fit each other or a score is not finite.

    >>> average_precision([[.9], [.8], [.7], [.6]], [[1], [0], [0], [1]]).tolist()
    [0.75]
    """
    score, label = as_scores_and_labels(scores, labels)
    if not len(score):
        return np.full(score.shape[1], np.nan)
    # Classes become rows, so that sorting and summing run along contiguous memory.
    ascending = np.subtract(0, score.T, order='C')
    order = _stable_argsort(ascending)
    ranked = np.take_along_axis(np.ascontiguousarray(label.T), order, axis=1)
    positive = ranked == 1
    true = positive.cumsum(axis=1, dtype=np.int32)
    counted = (ranked >= 0).cumsum(axis=1, dtype=np.int32)
    # Float64 in the division: a mean over tens of thousands of positives must not lose digits.
    precision = true / np.maximum(counted, 1, dtype=np.float64)
    if interpolated:
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    elif tied == 'together':
        precision = np.take_along_axis(precision, _last_equal(np.take_along_axis(ascending, order, axis=1)), axis=1)
    with np.errstate(invalid='ignore'):
        # Recall steps by 1 / positives at each positive, and nowhere else.
        return np.where(positive, precision, 0).sum(axis=1) / true[:, -1]


def _stable_argsort(rows: np.ndarray) -> NDArray[np.intp]:
    """``np.argsort(rows, axis=1, kind='stable')`` of finite numbers without -0, several times as fast in float32."""
    if rows.dtype != np.float32:
        return np.argsort(rows, axis=1, kind='stable')
    # The bits of a float, those of a negative one inverted, sort like the float. With the place below them every key is
    # different, so that a sort without the promise of stability, which runs on vector instructions, keeps it.
    bits = rows.view(np.uint32)
    bits = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    keys = bits.astype(np.uint64) << np.uint64(32) | np.arange(rows.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.intp)


def _last_equal(ranked: np.ndarray) -> NDArray[np.intp]:
    """For each place of sorted rows (K, N), the last place of the same value."""
    size = ranked.shape[1]
    last = np.full(ranked.shape, size - 1, dtype=np.intp)
    np.copyto(last[:, :-1], np.arange(size - 1), where=ranked[:, :-1] != ranked[:, 1:])
    return np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
