"""Dividing the nodes of a graph into parts that cut little of it."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.cluster import SpectralClustering
from sklearn.metrics import calinski_harabasz_score

from mlkd.errors import PartitionError

#: The reference repeats the clustering so often, with k-means started anew so often in each.
RESTARTS = 4
_KMEANS_STARTS = 20


def spectral_parts(weights: np.ndarray, num_parts: int, seed: int = 0) -> np.ndarray:
    """Divide nodes into parts of small normalised cut.

    Spectral clustering by scikit-learn (random-walk eigenvectors, k-means), four times; the result with the largest
    Calinski-Harabasz score of the rows of ``weights`` is kept, as ``partition/generate_with_adj.py`` of the CPSD
    repository does, which however sets no seed.

    Args:
        weights: float (C, C), symmetric, not negative.
        num_parts: K, in 1..C.
        seed: Of the four restarts.

    Returns:
        int64 (C,), the part of each node, 0..K-1.

    Raises:
        PartitionError: If the nodes do not fall into so many parts.
    """
    nodes = len(weights)
    if num_parts in (1, nodes):
        return np.arange(nodes) if num_parts == nodes else np.zeros(nodes, np.int64)
    found = [_cluster(weights, num_parts, int(one)) for one in np.random.SeedSequence(seed).generate_state(RESTARTS)]
    whole = [parts for parts in found if len(np.unique(parts)) == num_parts]
    if not whole:
        raise PartitionError(
            'The labels do not fall into so many parts.',
            where='number of parts',
            found=f'{max(len(np.unique(parts)) for parts in found)} parts that can be told apart',
            expected=num_parts,
            fix='ask for fewer parts, or for random ones',
        )
    best = max(whole, key=lambda parts: calinski_harabasz_score(weights, parts))
    return best.astype(np.int64)


def _cluster(weights: np.ndarray, num_parts: int, seed: int) -> np.ndarray:
    clustering = SpectralClustering(
        num_parts,
        affinity='precomputed',
        assign_labels='kmeans',
        n_init=_KMEANS_STARTS,
        random_state=seed,
        eigen_solver='arpack',
    )
    with warnings.catch_warnings():
        # Of labels that never occur with others; that they are parts of their own is right.
        warnings.filterwarnings('ignore', 'Graph is not fully connected')
        warnings.filterwarnings('ignore', 'Number of distinct clusters')
        return clustering.fit_predict(weights)
