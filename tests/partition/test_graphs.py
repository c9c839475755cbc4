"""Weights of edges, by hand and by loops."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import PartitionError
from mlkd.partition import LabelCounts, default_rho, edge_weights


def test_by_hand() -> None:
    counts = LabelCounts(('a', 'b'), np.array([4, 16]), np.array([[0, 4], [4, 0]]))
    # P(b|a) = 1, P(a|b) = 1/4; square roots 1 and 1/2.
    np.testing.assert_allclose(edge_weights(counts, 'cgp', 0.5), [[0, 0.75], [0.75, 0]])
    np.testing.assert_allclose(edge_weights(counts, 'dgp', 0.5), [[1, 0.25], [0.25, 1]])
    np.testing.assert_allclose(edge_weights(counts, 'cgp', 1), [[0, 0.625], [0.625, 0]])


@pytest.mark.parametrize('rho', [0.25, 0.5, 1, 2.5])
def test_power_before_the_mean(places: LabelCounts, rho: float) -> None:
    found = edge_weights(places, 'cgp', rho)
    for i in range(8):
        for j in range(8):
            both = places.pairs[i, j]
            expected = ((both / places.images[j]) ** rho + (both / places.images[i]) ** rho) / 2
            assert found[i, j] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_array_equal(edge_weights(places, 'dgp', rho), 1 - found)
    np.testing.assert_array_equal(found, found.T)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_label_without_images_occurs_with_nothing() -> None:
    counts = LabelCounts(('a', 'b', 'c'), np.array([4, 4, 0]), np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0]]))
    assert not edge_weights(counts, 'cgp')[2].any()
    assert (edge_weights(counts, 'dgp')[2] == 1).all()


def test_default_exponents() -> None:
    assert [default_rho('cgp', name) for name in ('', 'coco', 'nuswide')] == [1 / 2] * 3
    assert [default_rho('dgp', name) for name in ('', 'coco', 'nuswide')] == [1 / 3, 1 / 3, 1 / 4]


@pytest.mark.parametrize('rho', [0, -1, float('nan'), float('inf'), True, '1/2'])
def test_exponents_that_are_none(places: LabelCounts, rho: object) -> None:
    with pytest.raises(PartitionError, match='not above 0'):
        edge_weights(places, 'cgp', rho)  # type: ignore[arg-type]


def test_a_graph_that_does_not_exist(places: LabelCounts) -> None:
    with pytest.raises(PartitionError, match="'cgp' or 'dgp'"):
        edge_weights(places, 'random')  # type: ignore[arg-type]
