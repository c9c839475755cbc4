from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import multilabel_confusion_matrix

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import mistakes

SCORES = np.array([[0.9, 0.2, 0.6], [0.5, 0.8, 0.1], [0.95, 0.7, 0.7]])
LABELS = np.array([[0, 1, 1], [1, 0, 0], [-1, 0, 0]])


def test_by_hand() -> None:
    found = mistakes(SCORES, LABELS)
    # 0.9 before 0.8 before the two of 0.7, of which the first label is first; the open cell of 0.95 is none.
    assert found.wrong.tolist() == [[0, 0], [1, 1], [2, 1], [2, 2]]
    # A score at the threshold does not say the label.
    assert found.missed.tolist() == [[0, 1], [1, 0]]
    assert found.of_label(1).wrong.tolist() == [[1, 1], [2, 1]]
    assert found.of_label(1).missed.tolist() == [[0, 1]]
    assert found.one_per_image().wrong.tolist() == [[0, 0], [1, 1], [2, 1]]


def test_a_threshold_for_each_label() -> None:
    found = mistakes(SCORES, LABELS, np.array([0.92, 0.1, 0.65]))
    assert found.wrong.tolist() == [[1, 1], [2, 1], [2, 2]]
    assert found.missed.tolist() == [[1, 0], [0, 2]]


def test_as_many_as_scikit_learn_counts_and_sorted() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((60, 7)), rng.integers(0, 2, (60, 7))
    found = mistakes(scores, labels, 0.4)
    for k, ((_, wrong), (missed, _)) in enumerate(multilabel_confusion_matrix(labels, scores > 0.4)):
        assert len(found.of_label(k).wrong) == wrong
        assert len(found.of_label(k).missed) == missed
    assert (np.diff(scores[tuple(found.wrong.T)]) <= 0).all()
    assert (np.diff(scores[tuple(found.missed.T)]) >= 0).all()
    first = found.one_per_image().missed
    assert len(set(first[:, 0])) == len(first) == len(set(found.missed[:, 0]))
    for image, k in first.tolist():
        assert scores[image, k] == scores[image][labels[image] == 1].min()


def test_without_mistakes_and_without_images() -> None:
    assert mistakes([[0.9]], [[1]]).wrong.shape == (0, 2)
    assert mistakes(np.zeros((0, 3)), np.zeros((0, 3))).one_per_image().missed.shape == (0, 2)


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(MLKDError, match='do not fit'):
        mistakes(SCORES, LABELS[:2])
