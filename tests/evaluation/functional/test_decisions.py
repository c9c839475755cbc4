from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import above_threshold, top_k


def test_threshold_is_strict_and_ignored_cells_are_never_said():
    got = above_threshold([[0.5, 0.5000001, 0.9]], [[1, 1, -1]], 0.5)
    assert got.tolist() == [[False, True, False]]


def test_top_k_is_that_of_a_stable_sort():
    rng = np.random.default_rng(0)
    scores = np.round(rng.random((50, 9)), 1)
    labels = rng.integers(0, 2, (50, 9))
    for k in range(1, 10):
        expected = np.zeros((50, 9), dtype=bool)
        np.put_along_axis(expected, np.argsort(-scores, axis=1, kind='stable')[:, :k], True, axis=1)
        np.testing.assert_array_equal(top_k(scores, labels, k), expected)
        np.testing.assert_array_equal(top_k(scores, labels, k, 0.5), expected & (scores > 0.5))


def test_ignored_cells_take_no_place():
    scores = [[0.9, 0.8, 0.7, 0.6]]
    assert top_k(scores, [[-1, 1, 0, 0]], 2).tolist() == [[False, True, True, False]]
    assert top_k(scores, [[-1, -1, -1, 1]], 2).tolist() == [[False, False, False, True]]
    assert top_k(scores, [[-1, -1, -1, -1]], 2).tolist() == [[False] * 4]


@pytest.mark.parametrize('k', [0, 3])
def test_a_k_that_cannot_be_is_an_error(k: int):
    with pytest.raises(MLKDError, match='fewer classes') as caught:
        top_k([[0.1, 0.2]], [[0, 1]], k)
    assert caught.value.found == k
