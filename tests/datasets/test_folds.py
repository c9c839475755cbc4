"""Folds."""

from __future__ import annotations

import numpy as np

from mlkd.datasets.folds import Folds

KEYS = [f'JPEGImages/{index:06d}.jpg' for index in range(103)]


def test_sizes_differ_by_one_at_most() -> None:
    for n in (2, 5, 10):
        sizes = np.bincount(Folds(n).of_keys(KEYS), minlength=n)
        assert sizes.sum() == len(KEYS)
        assert sizes.max() - sizes.min() <= 1


def test_order_does_not_matter() -> None:
    shuffled = np.random.default_rng(0).permutation(KEYS).tolist()
    by_key = dict(zip(KEYS, Folds(5).of_keys(KEYS), strict=True))
    assert Folds(5).of_keys(shuffled) == [by_key[key] for key in shuffled]


def test_neighbours_are_spread() -> None:
    """Images next to each other in a list are often alike; they must not all be in one fold."""
    folds = Folds(5).of_keys(KEYS)
    assert all(len(set(folds[start : start + 20])) == 5 for start in range(0, 80, 20))
