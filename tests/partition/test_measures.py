"""Numbers of partitions, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlkd.partition import LabelCounts, Partition, calinski_harabasz, graph_measures, kept_share, normalised_cut
from tests.partition.place_labels import PLACES

WEIGHTS = np.array([[9, 2, 1, 0], [2, 9, 0, 1], [1, 0, 9, 3], [0, 1, 3, 9]], float)


def test_cut_by_hand() -> None:
    # Between the halves 2; volumes 2 * 2 + 2 = 6 and 2 * 3 + 2 = 8; the diagonal counts nowhere.
    assert normalised_cut(WEIGHTS, np.array([0, 0, 1, 1])) == pytest.approx(2 / 6 + 2 / 8)
    assert normalised_cut(WEIGHTS, np.arange(4)) == pytest.approx(4)
    assert normalised_cut(WEIGHTS, np.zeros(4, int)) == 0
    assert normalised_cut(np.eye(4), np.array([0, 0, 1, 1])) == 0


def test_score_by_hand() -> None:
    """Between over within, by degrees of freedom, with whole rows as features."""
    part = np.array([0, 0, 1, 1])
    centre = WEIGHTS.mean(0)
    means = [WEIGHTS[part == k].mean(0) for k in (0, 1)]
    between = sum(2 * ((mean - centre) ** 2).sum() for mean in means)
    within = sum(((WEIGHTS[part == k] - means[k]) ** 2).sum() for k in (0, 1))
    assert calinski_harabasz(WEIGHTS, part) == pytest.approx(between / within * 2 / 1)
    assert math.isnan(calinski_harabasz(WEIGHTS, np.zeros(4, int)))
    assert math.isnan(calinski_harabasz(WEIGHTS, np.arange(4)))


def test_kept_share_by_hand() -> None:
    pairs = np.array([[0, 2, 1], [2, 0, 1], [1, 1, 0]])
    counts = LabelCounts(('a', 'b', 'c'), np.array([4, 4, 4]), pairs)
    assert kept_share(counts, Partition((('b', 'a'), ('c',)), ('c', 'b', 'a'))) == 0.5
    assert kept_share(counts, Partition.whole(('a', 'b', 'c'))) == 1
    assert kept_share(counts, Partition((('a',), ('b',), ('c',)), ('a', 'b', 'c'))) == 0
    alone = LabelCounts(('a', 'b', 'c'), np.array([4, 4, 4]), np.zeros((3, 3), int))
    assert math.isnan(kept_share(alone, Partition.whole(('a', 'b', 'c'))))


def test_measures_are_of_the_partitions_own_graph(places: LabelCounts) -> None:
    best = Partition.of(places, 'cgp', 3)
    assert set(graph_measures(places, best)) == {'NCut', 'CH'}
    mixed = tuple(zip(*(place[:2] for place in PLACES), strict=True))
    other = Partition((*mixed, (PLACES[0][2], PLACES[2][2])), places.classes, graph='cgp')
    assert graph_measures(places, best)['NCut'] < graph_measures(places, other)['NCut'] - 1
    assert graph_measures(places, Partition.of(places, 'random', 3)) == {}
