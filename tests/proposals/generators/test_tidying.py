"""Boxes as a store takes them."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import ProposalError
from mlkd.proposals import tidy
from mlkd.proposals.checks import check_boxes

SIZE = (50, 80)


def test_best_first_inside_and_each_once() -> None:
    boxes = [[0, 0, 10, 10], [5, 5, 90, 60], [-3, 2, 4, 8], [0, 0, 10, 10], [7, 7, 7, 20], [81, 0, 90, 9], [1, 1, 2, 2]]
    got, scores = tidy(np.array(boxes), np.array([0.2, 0.9, 0.5, 0.7, 1, 1, 0.1]), SIZE, 10)
    assert got.tolist() == [[5, 5, 80, 50], [0, 0, 10, 10], [0, 2, 4, 8], [1, 1, 2, 2]]
    np.testing.assert_array_equal(scores, np.array([0.9, 0.7, 0.5, 0.1], np.float32))
    assert got.dtype == scores.dtype == np.float32


def test_equal_scores_keep_their_order_and_the_best_are_kept() -> None:
    boxes = np.array([[x, 0, x + 5, 5] for x in (9, 3, 7, 1)])
    assert tidy(boxes, np.ones(4), SIZE, 3)[0][:, 0].tolist() == [9, 3, 7]
    assert tidy(boxes, [1, 1, 2, 1], SIZE, 2)[0][:, 0].tolist() == [7, 9]


def test_boxes_that_become_equal_by_clipping_are_one() -> None:
    got, scores = tidy(np.array([[0, 0, 99, 99], [-1, -1, 80, 50]]), [0.3, 0.6], SIZE, 9)
    assert (got.tolist(), len(scores)) == ([[0, 0, 80, 50]], 1)


def test_whole_image_where_nothing_is_left() -> None:
    for boxes in (np.zeros((0, 4)), np.array([[5, 5, 5, 9]])):
        got, scores = tidy(boxes, np.ones(len(boxes)), SIZE, 9, empty_score=0.25)
        assert (got.tolist(), scores.tolist()) == ([[0, 0, 80, 50]], [0.25])


def test_what_is_not_a_number_is_left_for_the_store_to_refuse() -> None:
    got, scores = tidy(np.array([[0, 0, np.nan, 9], [0, 0, 9, 9]]), [0.5, 0.4], SIZE, 9)
    with pytest.raises(ProposalError, match='not finite'):
        check_boxes('image', got, scores, SIZE)


def test_any_boxes_become_valid() -> None:
    random = np.random.default_rng(0)
    boxes = random.uniform(-40, 120, (500, 4))
    got, scores = tidy(boxes, random.random(500), SIZE, 300)
    check_boxes('image', got, scores, SIZE)
    assert len(np.unique(got, axis=0)) == len(got) > 50
    assert (np.diff(scores) <= 0).all()
