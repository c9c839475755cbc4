"""TopProposals."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms import TopProposals
from mlkd.errors import ConfigError


def results(scores: list[float]) -> dict:
    boxes = np.array([[0, 0, 5 * (i + 1), 10] for i in range(len(scores))], np.float32).reshape(-1, 4)
    return {'proposals': boxes, 'proposal_scores': np.array(scores, np.float32)}


def test_highest_scores_in_their_order() -> None:
    kept = TopProposals(3)(results([0.1, 0.9, 0.5, 0.5, 0.7]))
    np.testing.assert_allclose(kept['proposal_scores'], [0.9, 0.5, 0.7])
    np.testing.assert_array_equal(kept['proposals'][:, 2], [10, 15, 25])


def test_fewer_than_asked_for() -> None:
    for scores in ([], [0.3]):
        assert len(TopProposals(3, min_size=1)(results(scores))['proposals']) == len(scores)
    assert TopProposals(3)({'img_key': 'a'}) == {'img_key': 'a'}


def test_small_boxes_are_left_out_before_counting() -> None:
    kept = TopProposals(2, min_size=10)(results([0.9, 0.1, 0.2, 0.3]))
    np.testing.assert_allclose(kept['proposal_scores'], [0.2, 0.3])


def test_the_largest_stays_where_none_is_large_enough() -> None:
    kept = TopProposals(2, min_size=50)(results([0.9, 0.1, 0.2]))
    np.testing.assert_array_equal(kept['proposals'], [[0, 0, 15, 10]])


def test_none_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'TopProposals\.n'):
        TopProposals(0)


def test_the_same_as_a_stable_sort() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        scores = rng.integers(0, 6, rng.integers(1, 30)).astype(np.float32)
        n = int(rng.integers(1, 30))
        expected = np.sort(np.argsort(-scores, kind='stable')[:n])
        kept = TopProposals(n)(results(scores.tolist()))['proposals']
        np.testing.assert_array_equal(kept[:, 2], 5 * (expected + 1))


def test_the_first_of_equal_boxes_stays() -> None:
    sample = results([0.1, 0.9, 0.5, 0.7])
    sample['proposals'][2] = sample['proposals'][0]
    kept = TopProposals(9, distinct=True)(sample)
    np.testing.assert_allclose(kept['proposal_scores'], [0.1, 0.9, 0.7])
    np.testing.assert_array_equal(kept['proposals'][:, 2], [5, 10, 20])
    assert len(TopProposals(9)(results([0.1, 0.9, 0.5, 0.7]))['proposals']) == 4
    assert len(TopProposals(9, distinct=True)(results([]))['proposals']) == 0


def test_scores_by_rank() -> None:
    """Of those that are kept, in the order they are in; equal ones by their place."""
    kept = TopProposals(4, rank_scores=True)(results([0.1, 0.9, 0.5, 0.5, 0.7]))
    np.testing.assert_array_equal(kept['proposals'][:, 2], [10, 15, 20, 25])
    np.testing.assert_allclose(kept['proposal_scores'], [1, 0.5, 0.25, 0.75])
    assert kept['proposal_scores'].dtype == np.float32
    np.testing.assert_allclose(
        TopProposals(9, rank_scores=True)(results([1, 1, 1]))['proposal_scores'], [1, 2 / 3, 1 / 3]
    )
    assert len(TopProposals(9, rank_scores=True)(results([]))['proposal_scores']) == 0
