"""Spectral parts: of graphs whose parts are plain to see, and against all divisions of a small one."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

from mlkd.errors import PartitionError
from mlkd.partition import normalised_cut, spectral
from mlkd.partition.spectral import spectral_parts


def blocks(sizes: tuple[int, ...], inside: float = 0.8, between: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    part = np.repeat(np.arange(len(sizes)), sizes)
    weights = np.where(part[:, None] == part, inside, between) + np.random.default_rng(1).random((len(part),) * 2) / 50
    weights = (weights + weights.T) / 2
    return weights - np.diag(weights.diagonal()), part


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


@pytest.mark.parametrize('sizes', [(4, 5), (3, 6, 4), (2, 2, 2, 7, 3)])
@pytest.mark.parametrize('seed', [0, 1])
def test_blocks_are_found(sizes: tuple[int, ...], seed: int) -> None:
    weights, part = blocks(sizes)
    shuffle = np.random.default_rng(2).permutation(len(part))
    assert same(spectral_parts(weights[np.ix_(shuffle, shuffle)], len(sizes), seed), part[shuffle])


def test_smallest_cut_of_a_small_graph() -> None:
    weights, part = blocks((3, 4), 0.5, 0.2)
    halves = [bits for bits in itertools.product((0, 1), repeat=7) if 0 < sum(bits) < 7]
    cuts = {bits: normalised_cut(weights, np.array(bits)) for bits in halves}
    assert same(np.array(min(cuts, key=cuts.__getitem__)), part)
    assert same(spectral_parts(weights, 2), part)


def test_the_diagonal_does_not_change_the_parts() -> None:
    weights, part = blocks((3, 4, 3))
    assert same(spectral_parts(weights + np.eye(10), 3), part)


def test_a_seed_says_all() -> None:
    noise = np.random.default_rng(0).random((40, 40))
    weights = noise + noise.T
    found = [spectral_parts(weights, 6, seed) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not same(found[0], found[2])


def test_one_part_and_a_part_for_each() -> None:
    weights, _ = blocks((2, 2))
    assert spectral_parts(weights, 1).tolist() == [0] * 4
    assert spectral_parts(weights, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize('num_parts', [2, 3, 4, 5])
def test_nodes_without_edges(num_parts: int) -> None:
    weights = np.zeros((6, 6))
    weights[:3, :3] = 1 - np.eye(3)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found = spectral_parts(weights, num_parts)
    assert len(np.unique(found)) == num_parts
    assert num_parts > 4 or len(np.unique(found[:3])) == 1


@pytest.mark.parametrize('weight', [0, 1])
def test_nodes_that_are_all_alike(weight: float) -> None:
    assert len(np.unique(spectral_parts(np.full((8, 8), weight), 3))) == 3


def test_too_few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectral, '_cluster', lambda weights, num_parts, seed: np.arange(len(weights)) % 2)
    with pytest.raises(PartitionError, match='2 parts that can be told apart'):
        spectral_parts(np.ones((8, 8)), 3)


def test_the_best_restart_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, part = blocks((3, 4, 3))
    draws = iter([np.arange(10) % 3, np.arange(10) % 2, part, np.roll(part, 1)])
    monkeypatch.setattr(spectral, '_cluster', lambda *_: next(draws))
    assert same(spectral_parts(weights, 3), part)
    assert next(draws, None) is None
