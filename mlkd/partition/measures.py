"""Numbers that tell partitions apart."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import calinski_harabasz_score

from .counts import LabelCounts
from .graphs import edge_weights
from .partition import Partition


def kept_share(counts: LabelCounts, partition: Partition) -> float:
    r"""Share of the co-occurrence that is kept inside parts: \sum_k \sum_{i,j in A_k} M_ij / \sum_ij M_ij.

    NaN where no image holds two labels.
    """
    assignment = partition.assignment(counts.classes)
    together = assignment[:, None] == assignment
    total = counts.pairs.sum()
    return float(counts.pairs[together].sum() / total) if total else float('nan')


def normalised_cut(weights: np.ndarray, assignment: np.ndarray) -> float:
    r"""\sum_k cut(A_k) / vol(A_k), without the diagonal; a part that no edge touches adds nothing.

    Args:
        weights: float (C, C), symmetric.
        assignment: int (C,), the part of each node.
    """
    weights = weights - np.diag(weights.diagonal())
    total = 0.0
    for part in np.unique(assignment):
        inside = assignment == part
        volume = weights[inside].sum()
        total += weights[np.ix_(inside, ~inside)].sum() / volume if volume else 0.0
    return float(total)


def calinski_harabasz(weights: np.ndarray, assignment: np.ndarray) -> float:
    """Calinski-Harabasz score with the rows of ``weights`` as features; NaN for one part, or one label in each."""
    parts = len(np.unique(assignment))
    return float(calinski_harabasz_score(weights, assignment)) if 1 < parts < len(weights) else float('nan')


def graph_measures(counts: LabelCounts, partition: Partition) -> dict[str, float]:
    """``NCut`` and ``CH`` of a partition on its graph; none for one that has no graph."""
    if partition.graph not in ('cgp', 'dgp'):
        return {}
    weights = edge_weights(counts, partition.graph, partition.rho)  # type: ignore[arg-type]
    assignment = partition.assignment(counts.classes)
    return {'NCut': normalised_cut(weights, assignment), 'CH': calinski_harabasz(weights, assignment)}
