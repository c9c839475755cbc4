"""Graphs of labels whose edges say how much two labels occur together, or how little."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from mlkd.errors import PartitionError

from .counts import LabelCounts

Graph = Literal['cgp', 'dgp']
#: Exponents that the published partitions fit (of DGP by data set; the released script says 1/2 for both graphs).
_RHO = {'cgp': 1 / 2, 'dgp': 1 / 3}
_RHO_DGP = {'nuswide': 1 / 4}


def default_rho(graph: Graph, dataset: str = '') -> float:
    """The exponent of a graph where none is given: 1/2 for CGP, 1/3 for DGP, 1/4 for DGP of NUS-WIDE."""
    return _RHO_DGP.get(dataset, _RHO[graph]) if graph == 'dgp' else _RHO[graph]


def check_rho(rho: float) -> None:
    """Raise if a number cannot be the exponent of a graph.

    Raises:
        PartitionError: If so.
    """
    if isinstance(rho, bool) or not isinstance(rho, (int, float)) or not 0 < rho < math.inf:
        raise PartitionError(
            'The exponent of a graph is not above 0.',
            where='rho',
            found=repr(rho),
            expected='a number above 0: 1/2 for CGP, 1/3 or 1/4 for DGP',
            fix='leave it out, for that which the published partitions fit',
        )


def edge_weights(counts: LabelCounts, graph: Graph, rho: float | None = None) -> np.ndarray:
    r"""Weights of the edges between labels.

    W^co_ij = ((M_ij / N_i)^\rho + (M_ij / N_j)^\rho) / 2 and W^dis = 1 - W^co, as ``partition/generate_with_adj.py`` of
    the CPSD repository has them. A label without images occurs together with nothing.

    Args:
        counts: M and N.
        graph: ``'cgp'``: W^co; ``'dgp'``: W^dis.
        rho: The exponent, above 0; None: :func:`default_rho`.

    Returns:
        float64 (K, K), symmetric, in 0..1; the diagonal is 0 (CGP) or 1 (DGP).

    Raises:
        PartitionError: If graph or exponent do not exist.
    """
    if graph not in _RHO:
        raise PartitionError('There is no such graph.', where='graph', found=repr(graph), expected="'cgp' or 'dgp'")
    rho = default_rho(graph, counts.dataset) if rho is None else rho
    check_rho(rho)
    given = (counts.pairs / np.maximum(counts.images, 1)) ** rho
    together = (given + given.T) / 2
    return together if graph == 'cgp' else 1 - together
