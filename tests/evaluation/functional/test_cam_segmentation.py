"""Counts of pixels against scikit-learn's confusion matrix and Jaccard scores."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, jaccard_score

from mlkd.evaluation.functional import VOID, intersection_over_union, pixel_counts
from mlkd.evaluation.functional.cam_segmentation import normalised

K, THRESHOLDS = 4, (0.1, 0.3, 0.5, 0.7)


def predicted(cams: np.ndarray, classes: list[int], threshold: float) -> np.ndarray:
    """The definition: the highest of the background's threshold and all maps, of equals the first."""
    stack = np.concatenate([np.full((1, *cams.shape[1:]), threshold), cams])
    return np.array([0, *(k + 1 for k in classes)])[stack.argmax(0)]


@pytest.mark.parametrize('classes', [[0, 2], [3], []])
def test_as_scikit_learn_counts_at_each_threshold(classes: list[int]) -> None:
    rng = np.random.default_rng(0)
    # Steps of a tenth, so that values lie on thresholds, and on each other.
    cams = rng.integers(0, 11, (len(classes), 12, 9)) / 10
    mask = rng.choice([0, 1, 2, 3, 4, VOID], (12, 9))
    counts = pixel_counts(cams, classes, mask, THRESHOLDS, K)
    counted = mask != VOID
    for row, threshold in zip(counts, THRESHOLDS, strict=True):
        found = predicted(cams, classes, threshold)
        expected = confusion_matrix(mask[counted], found[counted], labels=range(K + 1))
        np.testing.assert_array_equal(row, expected)
        scores = jaccard_score(mask[counted], found[counted], labels=range(K + 1), average=None)
        np.testing.assert_allclose(np.nan_to_num(intersection_over_union(row)), scores)


def test_by_hand() -> None:
    cams = np.array([[[0.9, 0.4, 0.2]], [[0.1, 0.6, 0.2]]])
    mask = np.array([[1, 1, VOID]])
    counts = pixel_counts(cams, [0, 1], mask, [0.3], 2)
    assert counts.tolist() == [[[0, 0, 0], [0, 1, 1], [0, 0, 0]]]
    np.testing.assert_equal(intersection_over_union(counts), [[np.nan, 0.5, 0.0]])


def test_all_void_counts_nothing() -> None:
    counts = pixel_counts(np.ones((1, 2, 2)), [0], np.full((2, 2), VOID), THRESHOLDS, K)
    assert counts.sum() == 0
    assert np.isnan(intersection_over_union(counts)).all()


def test_normalised_maps() -> None:
    cams = np.array([[[-1.0, 2.0, 4.0]], [[-1.0, -2.0, 0.0]]])
    assert normalised(cams).tolist() == [[[0, 0.5, 1]], [[0, 0, 0]]]
    assert normalised(np.zeros((0, 2, 3))).shape == (0, 2, 3)
