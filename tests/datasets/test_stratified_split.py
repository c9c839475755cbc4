from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.stratified_split import stratified_split


def labels_of(count: int, seed: int = 0) -> np.ndarray:
    chances = np.r_[0.5, 0.2, 0.1, np.full(9, 0.05)]
    return (np.random.default_rng(seed).random((count, 12)) < chances).astype(np.int8)


@pytest.mark.parametrize('shares', [(0.8, 0.2), (0.6, 0.2, 0.2)])
def test_every_label_is_in_every_split_in_its_share(shares: tuple[float, ...]) -> None:
    labels = labels_of(600)
    split = stratified_split(labels, np.arange(600), shares)
    for index, share in enumerate(shares):
        there = split == index
        assert there.mean() == pytest.approx(share, abs=0.01)
        assert np.abs(labels[there].sum(0) - share * labels.sum(0)).max() <= 2


def test_it_is_closer_than_chance() -> None:
    labels = labels_of(400)
    split = stratified_split(labels, np.arange(400), (0.8, 0.2))
    rng = np.random.default_rng(0)

    def distance(there: np.ndarray) -> float:
        return float(np.abs(labels[there].sum(0) - 0.2 * labels.sum(0)).sum())

    assert distance(split == 1) < 0.5 * np.mean([distance(rng.permutation(400) < 80) for _ in range(20)])


def test_groups_stay_together_and_unlabelled_photos_are_dealt_too() -> None:
    labels = labels_of(200)
    labels[::7] = 0
    labels[3::11] = -1
    groups = np.arange(200) // 3
    split = stratified_split(labels, groups, (0.7, 0.3), seed=4)
    assert all(len(set(split[groups == group])) == 1 for group in set(groups))
    assert (split == 1).mean() == pytest.approx(0.3, abs=0.03)


def test_the_seed_decides_and_order_of_rare_labels() -> None:
    labels = labels_of(90)
    one, same, other = (stratified_split(labels, np.arange(90), (0.8, 0.2), seed) for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()
    # Three photos of a label: two to learn from, one to measure on.
    rare = np.zeros((30, 2), np.int8)
    rare[:3, 0], rare[3:, 1] = 1, 1
    assert sorted(stratified_split(rare, np.arange(30), (0.8, 0.2))[:3]) == [0, 0, 1]
