"""Where a network is wrong: labels that it says and that are not there, and labels that it does not say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inputs import Array, as_scores_and_labels


@dataclass(frozen=True)
class Mistakes:
    """Cells of images and labels, int64 (n, 2): index of the image, index of the label.

    Attributes:
        wrong: Said, but not there; the highest score first.
        missed: There, but not said; the lowest score first.
    """

    wrong: NDArray[np.int64]
    missed: NDArray[np.int64]

    def of_label(self, k: int) -> Mistakes:
        """Those of one label."""
        return Mistakes(self.wrong[self.wrong[:, 1] == k], self.missed[self.missed[:, 1] == k])

    def one_per_image(self) -> Mistakes:
        """The first of each image, of either kind."""
        return Mistakes(_first_of_images(self.wrong), _first_of_images(self.missed))


def mistakes(scores: Array, labels: Array, threshold: float | NDArray[np.floating] = 0.5) -> Mistakes:
    """All mistakes above and below thresholds, the worst first.

    Of equal scores, the image that comes first is first, then the label that comes first.

    Args:
        scores: (N, K).
        labels: (N, K); 1 present, 0 absent, -1 ignore, which is never a mistake.
        threshold: A label is said where its score is above, strictly; one, or (K,) for each label its own.

    Raises:
        MLKDError: If scores and labels do not fit each other.
    """
    score, label = as_scores_and_labels(scores, labels)
    said = score > threshold
    wrong, missed = np.argwhere(said & (label == 0)), np.argwhere(~said & (label == 1))
    return Mistakes(_sorted(wrong, -score), _sorted(missed, score))


def _sorted(cells: NDArray[np.int64], key: NDArray) -> NDArray[np.int64]:
    return cells[np.argsort(key[cells[:, 0], cells[:, 1]], kind='stable')]


def _first_of_images(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first = np.unique(cells[:, 0], return_index=True)
    return cells[np.sort(first)]
