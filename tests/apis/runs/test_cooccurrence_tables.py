from __future__ import annotations

import numpy as np
from scored_toy import scored
from sklearn.metrics.pairwise import cosine_similarity

from mlkd.apis.runs.cooccurrence_tables import cooccurrence_figure, cooccurrence_note, given, pair_table


def test_shares_by_hand_and_against_cosines() -> None:
    present = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0]], bool)
    matrix = given(present)
    np.testing.assert_allclose(matrix[:2, :2], [[1, 2 / 3], [1, 1]])
    assert np.isnan(matrix[2]).all()
    values = np.random.default_rng(0).random((50, 6)) < 0.4
    both = given(values)
    # cos(i, j)^2 = P(j | i) P(i | j).
    np.testing.assert_allclose(both * both.T, cosine_similarity(values.T.astype(float)) ** 2)


def test_pairs_that_are_said_too_often_or_too_seldom() -> None:
    table = pair_table(scored(), 'before')
    assert table is None
    table = pair_table(scored(), 'after')
    assert table is not None
    assert table.rows == (('cat, dog', '1', '0'),)


def test_the_figure_and_its_note() -> None:
    figure = cooccurrence_figure(scored(photos=False), 'after')
    left, right = (axes.images[0].get_array().filled(np.nan) for axes in figure.axes[:2])
    assert left[0, 1] == 0.5
    assert right[0, 1] == 0
    # Nobody is said to be an emu but where the annotation leaves it open.
    assert np.isnan(right[2]).all()
    assert cooccurrence_note(scored(), 'after').startswith('All 5 images of the test set; after says')
