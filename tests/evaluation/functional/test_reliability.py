from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Reliability, reliability


def drawn(seed: int, n: int = 200, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.random((n, k)).astype(np.float32)
    # Also on the edges of bins.
    scores[: n // 4] = np.round(scores[: n // 4], 1)
    return scores, (rng.random((n, k)) < scores**2).astype(np.int8)


@pytest.mark.parametrize('bins', [1, 2, 10, 15])
def test_against_scikit_learn(bins: int) -> None:
    scores, labels = drawn(bins)
    measured = reliability(scores, labels, bins)
    for k in range(3):
        observed, predicted = calibration_curve(labels[:, k], scores[:, k].astype(np.float64), n_bins=bins)
        filled = measured.counts[k] > 0
        np.testing.assert_allclose(measured.observed[k][filled], observed)
        np.testing.assert_allclose(measured.predicted[k][filled], predicted)
        gaps = np.abs(observed - predicted)
        assert measured.error[k] == pytest.approx(np.average(gaps, weights=measured.counts[k][filled]))
    assert measured.counts.sum() == scores.size
    assert measured.positives.sum() == labels.sum()


def test_by_hand() -> None:
    measured = reliability([[0.9], [0.7], [0.1], [0.3]], [[1], [0], [0], [1]], bins=2)
    assert measured.counts.tolist() == [[2, 2]]
    np.testing.assert_allclose(measured.predicted, [[0.2, 0.8]])
    assert measured.observed.tolist() == [[0.5, 0.5]]
    np.testing.assert_allclose(measured.error, [0.3])


def test_perfect_scores_have_no_error() -> None:
    labels = np.array([[1], [0], [1]])
    assert reliability(labels.astype(float), labels).error.tolist() == [0]
    assert reliability(1 - labels.astype(float), labels).error.tolist() == [1]


def test_pooled_is_the_curve_of_all_cells() -> None:
    scores, labels = drawn(0)
    pooled, flat = reliability(scores, labels).pooled(), reliability(scores.reshape(-1, 1), labels.reshape(-1, 1))
    for name in ('counts', 'positives'):
        np.testing.assert_array_equal(getattr(pooled, name), getattr(flat, name))
    np.testing.assert_allclose(pooled.error, flat.error)


def test_ignored_cells_and_empty_labels() -> None:
    scores, labels = drawn(3)
    some = labels.copy()
    some[::2, 1] = -1
    some[:, 2] = -1
    measured, alone = reliability(scores, some), reliability(scores[1::2], labels[1::2])
    np.testing.assert_array_equal(measured.counts[1], alone.counts[1])
    np.testing.assert_allclose(measured.error[1], alone.error[1])
    assert np.isnan(measured.error[2])
    assert np.isnan(measured.observed[2]).all()


def test_scores_beyond_the_scale_by_rounding() -> None:
    measured = reliability([[1.0000001], [-1e-9]], [[1], [0]])
    assert measured.counts[0, [0, -1]].tolist() == [1, 1]
    assert measured.error[0] == 0


def test_there_and_back_through_json() -> None:
    measured = reliability(*drawn(1))
    again = Reliability.from_dict(json.loads(json.dumps(measured.to_dict())))
    for name, value in vars(measured).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    assert set(measured.to_dict()) == {'edges', 'counts', 'positives', 'score_sums'}


def test_no_bins() -> None:
    with pytest.raises(MLKDError, match='need a bin'):
        reliability([[0.5]], [[1]], bins=0)
