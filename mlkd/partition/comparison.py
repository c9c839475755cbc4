"""How alike two partitions are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from .partition import Partition


@dataclass(frozen=True)
class Comparison:
    """Two partitions of the same labels, side by side.

    Attributes:
        adjusted_rand: 1 for equal partitions (up to the order of parts), about 0 for unrelated ones.
        matches: Pairs of parts (of the first, of the second) that share most labels, in the first one's order, and how
            many they share; parts that share none with one that is left have no match.
        moved: By label that is not in the matching part: its parts in the first and in the second.
    """

    adjusted_rand: float
    matches: tuple[tuple[int, int, int], ...]
    moved: dict[str, tuple[int, int]]

    @property
    def equal(self) -> bool:
        """Whether the parts are the same, up to their order."""
        return not self.moved


def compare(first: Partition, second: Partition) -> Comparison:
    """Compare two partitions.

    Args:
        first: The one.
        second: The other; its labels are found by name.

    Raises:
        PartitionError: If they are not of the same labels.
    """
    one, other = first.assignment(), second.assignment(first.classes)
    shared = np.zeros((first.num_parts, second.num_parts), np.int64)
    np.add.at(shared, (one, other), 1)
    pairs = zip(*linear_sum_assignment(-shared), strict=True)
    matches = tuple((int(i), int(j), int(shared[i, j])) for i, j in pairs if shared[i, j])
    partner = {i: j for i, j, _ in matches}
    moved = {
        name: (int(i), int(j)) for name, i, j in zip(first.classes, one, other, strict=True) if partner.get(int(i)) != j
    }
    return Comparison(float(adjusted_rand_score(one, other)), matches, moved)
