from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import precision_recall


@pytest.mark.parametrize('seed', range(5))
def test_random_decisions_against_scikit_learn(seed: int):
    rng = np.random.default_rng(seed)
    labels, decisions = rng.integers(0, 2, (60, 6)), rng.random((60, 6)) < 0.4
    result = precision_recall(decisions, labels)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, decisions)
    np.testing.assert_allclose(result.precision, precision)
    np.testing.assert_allclose(result.recall, recall)
    np.testing.assert_allclose(result.f1, f1)
    op, overall_recall, of1, _ = precision_recall_fscore_support(labels, decisions, average='micro')
    expected = {
        'CP': precision.mean(),
        'CR': recall.mean(),
        'CF1': 2 * precision.mean() * recall.mean() / (precision.mean() + recall.mean()),
        'F1-C': f1.mean(),
        'OP': op,
        'OR': overall_recall,
        'OF1': of1,
    }
    assert result.summary == pytest.approx(expected)


def test_nothing_predicted_has_precision_1_and_f1_0():
    result = precision_recall(np.zeros((2, 1), dtype=bool), [[1], [1]])
    assert result.precision.tolist() == [1.0]
    assert result.recall[0] == pytest.approx(0, abs=1e-12)
    assert result.f1[0] == pytest.approx(0, abs=1e-12)


def test_classes_without_a_positive_are_left_out_of_means_over_classes_but_not_of_pooled_cells():
    decisions, labels = np.array([[True, True], [False, False]]), [[1, 0], [0, 0]]
    result = precision_recall(decisions, labels)
    assert result.summary['CP'] == result.summary['CR'] == result.summary['F1-C'] == result.summary['CF1'] == 1
    assert result.summary['OP'] == pytest.approx(0.5)
    assert np.isnan(result.f1).tolist() == [False, True]


def test_no_positive_anywhere_leaves_means_over_classes_undefined():
    summary = precision_recall(np.array([[True, False]]), [[0, 0]]).summary
    assert [name for name, value in summary.items() if np.isnan(value)] == ['CP', 'CR', 'CF1', 'F1-C']
    assert summary['OP'] == pytest.approx(0, abs=1e-12)


def test_ignored_cells_count_for_nothing():
    rng = np.random.default_rng(1)
    labels, decisions = rng.integers(0, 2, (30, 4)), rng.random((30, 4)) < 0.5
    ignored = rng.random((30, 4)) < 0.3
    labels[ignored] = -1
    once, flipped = precision_recall(decisions, labels), precision_recall(decisions ^ ignored, labels)
    assert once.summary == flipped.summary
    kept = ~ignored
    op = (decisions & (labels == 1))[kept].sum() / decisions[kept].sum()
    assert once.summary['OP'] == pytest.approx(op)


def test_scores_in_the_place_of_decisions_are_an_error():
    with pytest.raises(MLKDError, match='no booleans') as caught:
        precision_recall(np.zeros((1, 2)), [[0, 1]])
    assert 'float64' in str(caught.value)
