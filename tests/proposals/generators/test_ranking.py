"""Ordering boxes without scores."""

from __future__ import annotations

import numpy as np

from mlkd.proposals.generators.ranking import rank_by_agreement


def _random_boxes(count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    low = random.integers(0, 150, (count, 2))
    return np.unique(np.concatenate([low, low + random.integers(1, 50, (count, 2))], 1), axis=0)


def test_is_a_permutation_that_depends_on_the_boxes_alone() -> None:
    boxes = _random_boxes(1500)  # more than one chunk
    order = rank_by_agreement(boxes)
    assert sorted(order) == list(range(len(boxes)))
    shuffled = np.random.default_rng(1).permutation(boxes)
    np.testing.assert_array_equal(shuffled[rank_by_agreement(shuffled)], boxes[order])


def test_agreement_comes_before_size_and_the_first_of_a_cluster_stands_for_it() -> None:
    cluster = [[0, 0, 40, 40], [0, 0, 41, 40], [0, 0, 40, 41]]
    boxes = np.array([[100, 100, 150, 150], *cluster])
    first = boxes[rank_by_agreement(boxes)].tolist()
    assert first[0] in cluster  # 3 x 40 > 1 x 50
    assert first[1] == [100, 100, 150, 150]
    assert all(box in cluster for box in first[2:])


def test_size_decides_between_boxes_alone() -> None:
    boxes = np.array([[0, 0, 5, 5], [50, 50, 90, 90], [10, 10, 20, 20]])
    assert rank_by_agreement(boxes).tolist() == [1, 2, 0]


def test_layers_of_overlap() -> None:
    # By hand: weights 241, 267, 263, 119, all IoUs above 0.5. The second stands for all in the first layer; in the next
    # the third suppresses the first (IoU 0.89) and not the fourth (0.67), though the first weighs more.
    boxes = np.array([[0, 0, 100, 100], [0, 0, 100, 90], [0, 0, 100, 89], [0, 0, 100, 60]])
    assert rank_by_agreement(boxes).tolist() == [1, 2, 3, 0]


def test_none_and_one() -> None:
    assert rank_by_agreement(np.zeros((0, 4), np.int64)).tolist() == []
    assert rank_by_agreement(np.array([[0, 0, 1, 1]])).tolist() == [0]
