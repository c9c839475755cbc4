"""Which labels belong to which: the graph of ML-GCN and MSRN."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlkd.arguments import check_choice, check_number
from mlkd.errors import PartitionError, some

from .counts import LabelCounts

#: How MSRN's published files count; see :func:`statistics`.
Statistics = Literal['counted', 'nuswide_released', 'apparel_released']
_STATISTICS = ('counted', 'nuswide_released', 'apparel_released')


def statistics(counts: LabelCounts, kind: Statistics = 'counted') -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs M and images N that the graph is made of.

    ``'counted'``: as they are. The other two repeat the faults of MSRN's published ``nuswide_adj.pkl`` and
    ``apparel_adj.pkl``, which its checkpoints were trained with. In both N_j is 1 plus the sum of column j, as
    Python's ``sum(M, 1)`` gives it, and not the images with label j. In the first the diagonal of M is filled (two
    edges are left, cat and tiger to animal); in the second M has only the pairs of an earlier label with a later one
    (colours come before garments), so that N is 1 for a colour and each pair that occurs is an edge from colour to
    garment.

    Args:
        counts: The counts.
        kind: Which of the three.

    Returns:
        int64 (K, K) and (K,).

    Raises:
        ConfigError: If there is no such kind.
    """
    check_choice('statistics', kind, _STATISTICS)
    if kind == 'counted':
        return counts.pairs, counts.images
    pairs = counts.pairs + np.diag(counts.images) if kind == 'nuswide_released' else np.triu(counts.pairs)
    return pairs, 1 + pairs.sum(axis=0)


def implications(counts: LabelCounts, kind: Statistics = 'counted') -> NDArray[np.float64]:
    """P(j | i), label j being present where label i is: P_ij = M_ij / N_i.

    Args:
        counts: The counts.
        kind: As of :func:`statistics`.

    Returns:
        float64 (K, K); with published statistics no probabilities.

    Raises:
        PartitionError: If no image holds a label; names it.
    """
    pairs, images = statistics(counts, kind)
    if not images.all():
        empty = [counts.classes[index] for index in np.flatnonzero(images == 0)]
        raise PartitionError(
            f'{len(empty)} of {counts.num_classes} labels are in no image, so nothing can be said of what they imply.',
            where=f'counts of {counts.dataset}' if counts.dataset else 'counts',
            found=some(empty),
            expected='at least one image with each label',
            fix='count the whole training set, or leave these labels out (metainfo=dict(classes=[...]))',
        )
    return pairs / images[:, None]


def check_graph(tau: float, p: float, kind: Statistics) -> None:
    """Raise if there is no :func:`adjacency` of these arguments.

    Raises:
        ConfigError: If tau, p or the kind of statistics makes no sense.
    """
    check_number('tau', tau, 0, 1, above=True)
    check_number('p', p, 0, 1, below=True)
    check_choice('statistics', kind, _STATISTICS)


def adjacency(
    counts: LabelCounts, tau: float = 0.4, p: float = 0.2, kind: Statistics = 'counted'
) -> NDArray[np.float64]:
    r"""A, before it is normalised (ML-GCN, ``gen_A``).

    .. math::
        B_{ij} = [P(j \mid i) \ge \tau], \quad A_{ij} = \frac{p}{1 - p} \frac{B_{ij}}{\sum_k B_{kj} + 10^{-6}} + [i = j]

    The p of the paper spreads p over a label's neighbours and leaves it 1 - p of itself; divided by 1 - p, which the
    normalisation undoes, its 0.2 is the 0.25 beside an identity of the code.

    Args:
        counts: The counts.
        tau: What a conditional probability must reach to be an edge.
        p: Share of the neighbours, in 0..1.
        kind: As of :func:`statistics`.

    Returns:
        float64 (K, K).

    Raises:
        ConfigError: If tau or p makes no sense.
        PartitionError: If a label is in no image.
    """
    check_graph(tau, p, kind)
    links = (implications(counts, kind) >= tau).astype(np.float64)
    return p / (1 - p) * links / (links.sum(axis=0, keepdims=True) + 1e-6) + np.eye(len(links))


def edges(matrix: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Pairs (i, j), i not j, of an adjacency A in which label i implies label j."""
    rows, columns = np.nonzero(np.asarray(matrix) > 0)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i != j]
