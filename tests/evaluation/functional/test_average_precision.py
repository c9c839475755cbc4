from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mlkd.evaluation.functional import average_precision


def random_case(seed: int, ties: bool = False, dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(200, 7)).astype(dtype)
    labels = (rng.random((200, 7)) < rng.uniform(0.02, 0.6, 7)).astype(np.int8)
    labels[0] = 1
    return (np.round(scores, 1) if ties else scores), labels


def voc_2010(scores: np.ndarray, labels: np.ndarray) -> float:
    """The development kit's ``VOCap``, line by line, with its sort made stable."""
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    tp = fp = 0
    recall, precision = [0.0], [0.0]
    for i in order:
        if labels[i] < 0:
            continue
        tp, fp = tp + (labels[i] == 1), fp + (labels[i] == 0)
        recall.append(tp / (labels == 1).sum())
        precision.append(tp / (tp + fp))
    recall, precision = [*recall, 1.0], [*precision, 0.0]
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    steps = [i for i in range(1, len(recall)) if recall[i] != recall[i - 1]]
    return sum((recall[i] - recall[i - 1]) * precision[i] for i in steps)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('ties', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_not_interpolated_is_scikit_learns(seed: int, ties: bool, dtype: type):
    scores, labels = random_case(seed, ties, dtype)
    expected = [average_precision_score(labels[:, k], scores[:, k]) for k in range(7)]
    np.testing.assert_allclose(average_precision(scores, labels, interpolated=False), expected, rtol=1e-12)


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('ties', [False, True])
@pytest.mark.parametrize('seed', range(5))
def test_interpolated_is_the_development_kits(seed: int, ties: bool, dtype: type):
    scores, labels = random_case(seed, ties, dtype)
    expected = [voc_2010(scores[:, k], labels[:, k]) for k in range(7)]
    np.testing.assert_allclose(average_precision(scores, labels), expected, rtol=1e-12)


@pytest.mark.parametrize('interpolated', [True, False])
def test_ignored_cells_are_as_if_they_were_not_there(interpolated: bool):
    scores, labels = random_case(3)
    labels[np.random.default_rng(9).random(labels.shape) < 0.3] = -1
    got = average_precision(scores, labels, interpolated)
    for k in range(7):
        kept = labels[:, k] >= 0
        alone = average_precision(scores[kept, k : k + 1], labels[kept, k : k + 1], interpolated)
        assert got[k] == pytest.approx(alone[0], abs=1e-12)


def test_equal_scores_keep_the_order_of_images_where_interpolated_and_enter_together_where_not():
    scores = [[0.5], [0.5]]
    assert average_precision(scores, [[1], [0]]).tolist() == [1.0]
    assert average_precision(scores, [[0], [1]]).tolist() == [0.5]
    assert average_precision(scores, [[1], [0]], interpolated=False).tolist() == [0.5]
    assert average_precision(scores, [[0], [1]], interpolated=False).tolist() == [0.5]


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
def test_zero_and_minus_zero_are_equal_scores(dtype: type):
    assert average_precision(np.array([[-0.0], [0.0]], dtype), [[1], [0]]).tolist() == [1.0]
    assert average_precision(np.array([[0.0], [-0.0]], dtype), [[1], [0]]).tolist() == [1.0]


@pytest.mark.parametrize('interpolated', [True, False])
def test_a_class_without_a_positive_is_nan(interpolated: bool):
    got = average_precision([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]], [[0, -1, 1], [0, -1, 0]], interpolated)
    assert np.isnan(got[:2]).all()
    assert got[2] == 1


def test_no_image_at_all_is_nan():
    assert np.isnan(average_precision(np.zeros((0, 3)), np.zeros((0, 3)))).all()
    assert average_precision(np.zeros((0, 3)), np.zeros((0, 3))).shape == (3,)


def test_interpolated_is_never_below_the_other_and_a_perfect_ranking_is_1():
    scores, labels = random_case(7)
    assert (average_precision(scores, labels) >= average_precision(scores, labels, interpolated=False)).all()
    assert average_precision(labels.astype(np.float32), labels).tolist() == [1.0] * 7
