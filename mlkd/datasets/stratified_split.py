"""Dividing photos with several labels each, so that every label is in every split in its share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def stratified_split(labels: np.ndarray, groups: np.ndarray, shares: Sequence[float], seed: int = 0) -> np.ndarray:
    """Iterative stratification, of groups that stay together.

    The label with the fewest groups left is dealt with first: each of its groups, in random order, goes to the split
    that lacks that label most, of several to the one that lacks images most (Sechidis et al., On the Stratification of
    Multi-Label Data, ECML PKDD 2011, Algorithm 1). There an image is what is dealt; here a group is, which brings all
    its images and labels, the largest of a label first.

    Args:
        labels: (N, K); 1 present, else not.
        groups: int (N,), the group of each image.
        shares: Of each split; they sum to 1.
        seed: Of the order among equals.

    Returns:
        int (N,), the split of each image, 0 to ``len(shares) - 1``.
    """
    rng = np.random.default_rng(seed)
    _, of_group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    counts = np.zeros((len(sizes), labels.shape[1]), np.int64)
    np.add.at(counts, of_group, labels == 1)
    share = np.asarray(shares, np.float64)
    lacks, room = share[:, None] * counts.sum(0), share * len(labels)
    split = np.full(len(sizes), -1)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind='stable')]
    while (left := split < 0).any():
        groups_of = (counts[left] > 0).sum(0)
        label = int(np.where(groups_of > 0, groups_of, len(sizes) + 1).argmin()) if groups_of.any() else -1
        for group in order:
            if split[group] >= 0 or (label >= 0 and not counts[group, label]):
                continue
            need = lacks[:, label] if label >= 0 else room
            chosen = max(range(len(share)), key=lambda i: (need[i], room[i], rng.random()))
            split[group] = chosen
            lacks[chosen] -= counts[group]
            room[chosen] -= sizes[group]
    return split[of_group]
