"""Whether scores are probabilities: how often what is said with a score is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlkd.errors import MLKDError

from .inputs import Array, as_scores_and_labels


@dataclass(frozen=True)
class Reliability:
    """Counts of scores in bins of equal width, for each label; counts add up, so that bins can be put together.

    Attributes:
        edges: float64 (B + 1,), from 0 to 1. A score on an edge belongs to the bin below it, as in scikit-learn.
        counts: int64 (K, B), images with such a score.
        positives: int64 (K, B), those of them that have the label.
        score_sums: float64 (K, B), sums of their scores.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    positives: NDArray[np.int64]
    score_sums: NDArray[np.float64]

    @property
    def predicted(self) -> NDArray[np.float64]:
        """(K, B): mean score in a bin; NaN where it is empty."""
        return _ratio(self.score_sums, self.counts)

    @property
    def observed(self) -> NDArray[np.float64]:
        """(K, B): share of images in a bin that have the label; NaN where it is empty."""
        return _ratio(self.positives, self.counts)

    @property
    def error(self) -> NDArray[np.float64]:
        """(K,): expected calibration error, the mean over images of a bin's ``|observed - predicted|``, in [0, 1].

        Naeini et al., AAAI 2015, for one label at a time; NaN for a label without a counted image.
        """
        gaps = np.abs(self.positives - self.score_sums).sum(axis=1)
        return _ratio(gaps, self.counts.sum(axis=1))

    def pooled(self) -> Reliability:
        """That of the cells of all labels together, as one label."""
        sums = (x.sum(axis=0, keepdims=True) for x in (self.counts, self.positives, self.score_sums))
        return Reliability(self.edges, *sums)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: value.tolist() for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Reliability:
        """From :meth:`to_dict`."""
        counts, positives = (np.asarray(content[name], np.int64) for name in ('counts', 'positives'))
        return cls(np.asarray(content['edges']), counts, positives, np.asarray(content['score_sums'], np.float64))


def reliability(scores: Array, labels: Array, bins: int = 10) -> Reliability:
    """Count scores in bins.

    Args:
        scores: (N, K) in [0, 1]; what rounding put beyond counts as 0 or 1.
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        bins: B.

    Raises:
        MLKDError: If there is no bin, or scores and labels do not fit each other.

    >>> reliability([[.9], [.8], [.1]], [[1], [0], [0]], bins=2).observed.tolist()
    [[0.0, 0.5]]
    """
    if bins < 1:
        raise MLKDError('Scores need a bin to be counted in.', where='bins', found=bins, expected='at least 1')
    score, label = as_scores_and_labels(scores, labels)
    score, counted = score.astype(np.float64).clip(0, 1), label >= 0
    edges = np.linspace(0, 1, bins + 1).astype(np.float64)
    rows = np.searchsorted(edges[1:-1], score) + bins * np.arange(score.shape[1])
    shape = (score.shape[1], bins)

    def binned(weights: np.ndarray | None, cells: np.ndarray) -> np.ndarray:
        chosen = None if weights is None else weights[cells]
        return np.bincount(rows[cells], chosen, bins * score.shape[1]).reshape(shape)

    return Reliability(edges, binned(None, counted), binned(None, label == 1), binned(score, counted))


def _ratio(above: np.ndarray, below: np.ndarray) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
