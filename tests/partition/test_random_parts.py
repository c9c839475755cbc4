"""Parts by lot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import PartitionError
from mlkd.partition import Partition, kept_share, read_counts
from mlkd.partition.random_parts import random_parts


@pytest.mark.parametrize(
    ('dataset', 'graph', 'mean', 'spread'),
    [('coco', 'cgp', 0.250, 0.034), ('coco', 'dgp', 0.268, 0.034), ('nuswide', 'cgp', 0.264, 0.066)],
)
def test_what_random_parts_of_the_published_sizes_keep(
    real_data: Callable[[str], Path], dataset: str, graph: str, mean: float, spread: float
) -> None:
    counts = read_counts(real_data('label_graph') / f'{dataset}.npz')
    sizes = Partition.published(dataset, graph, 5).sizes
    kept = [kept_share(counts, Partition.of(counts, 'random', 5, seed=seed, sizes=sizes)) for seed in range(80)]
    assert np.mean(kept) == pytest.approx(mean, abs=4 * spread / 80**0.5)
    assert np.std(kept) == pytest.approx(spread, rel=0.35)


@pytest.mark.parametrize(('labels', 'parts'), [(1, 1), (5, 1), (5, 5), (80, 2), (80, 13)])
def test_no_part_is_empty(labels: int, parts: int) -> None:
    for seed in range(20):
        assert sorted(set(random_parts(labels, parts, seed).tolist())) == list(range(parts))


def test_a_seed_says_all() -> None:
    np.testing.assert_array_equal(random_parts(80, 5, 7), random_parts(80, 5, 7))
    assert (random_parts(80, 5, 7) != random_parts(80, 5, 8)).any()


def test_sizes_are_kept() -> None:
    found = random_parts(10, 3, 1, sizes=(5, 1, 4))
    assert np.bincount(found).tolist() == [5, 1, 4]
    assert (found != random_parts(10, 3, 2, sizes=(5, 1, 4))).any()


def test_every_label_may_come_anywhere() -> None:
    draws = [random_parts(6, 2, seed, (3, 3)) for seed in range(400)]
    with_first = np.mean([draw == draw[0] for draw in draws], 0)
    # Two given labels share a part of 3 of 6 with probability 2/5.
    np.testing.assert_allclose(with_first[1:], 0.4, atol=0.09)


@pytest.mark.parametrize('sizes', [(5, 5), (0, 5, 5), (5, 1, 5)])
def test_sizes_that_do_not_fit(sizes: tuple[int, ...]) -> None:
    with pytest.raises(PartitionError, match='3 sizes of 1 or more that sum to 10'):
        random_parts(10, 3, 0, sizes)
