"""Precision, recall and F1 of decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlkd.errors import MLKDError

from .inputs import Array, as_scores_and_labels

#: Added to each count, as in the scripts of SRN: nothing predicted gives precision 1 and F1 about 0, not 0 / 0.
EPSILON = 2.2e-16


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision, recall and F1 of decisions, all in [0, 1].

    Attributes:
        precision: float64 (K,) per class.
        recall: float64 (K,) per class; NaN for a class without a positive.
        f1: float64 (K,) per class; NaN for a class without a positive.
        summary: ``CP``, ``CR``, ``CF1``, ``F1-C``, ``OP``, ``OR``, ``OF1``; see :func:`precision_recall`.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    summary: dict[str, float]


def precision_recall(decisions: NDArray[np.bool_], labels: Array) -> PrecisionRecall:
    """Precision, recall and F1, per class and summed up in the two ways of the literature.

    Over the classes that have a positive: ``CP`` and ``CR``, the means of precision and recall; ``F1-C``, the mean of
    F1 (Liu et al. 2018, SRN); ``CF1``, the harmonic mean of ``CP`` and ``CR`` (most papers since). Over all cells
    that are not ignored, those of classes without a positive among them: ``OP``, ``OR`` and ``OF1``, where the mean of
    F1 and the harmonic mean are the same.

    Args:
        decisions: bool (N, K): which classes are said to be present.
        labels: (N, K); 1 present, 0 absent, -1 ignore.

    Returns:
        The numbers in [0, 1]; the four means over classes are NaN where no class has a positive.

    Raises:
        MLKDError: If the decisions are no booleans or do not fit the labels.

    >>> result = precision_recall(np.array([[True, True], [True, False]]), [[1, 1], [0, 1]])
    >>> {name: round(value, 3) for name, value in result.summary.items()}
    {'CP': 0.75, 'CR': 0.75, 'CF1': 0.75, 'F1-C': 0.667, 'OP': 0.667, 'OR': 0.667, 'OF1': 0.667}
    """
    if np.asarray(decisions).dtype != bool:
        raise MLKDError('Decisions are no booleans.', found=np.asarray(decisions).dtype, expected='scores > threshold')
    _, label = as_scores_and_labels(decisions, labels)
    said = np.asarray(decisions) & (label >= 0)
    present = label == 1
    true, predicted, positive = (np.count_nonzero(cells, axis=0) for cells in (said & present, said, present))
    precision, recall, f1 = _ratios(true, predicted, positive)
    kept = positive > 0
    cp, cr = (float(values[kept].mean()) if kept.any() else float('nan') for values in (precision, recall))
    op, overall_recall, of1 = (float(value) for value in _ratios(true.sum(), predicted.sum(), positive.sum()))
    summary = {
        'CP': cp,
        'CR': cr,
        'CF1': 2 * cp * cr / (cp + cr) if kept.any() else float('nan'),
        'F1-C': float(f1[kept].mean()) if kept.any() else float('nan'),
        'OP': op,
        'OR': overall_recall,
        'OF1': of1,
    }
    return PrecisionRecall(precision, np.where(kept, recall, np.nan), np.where(kept, f1, np.nan), summary)


def _ratios(true: np.ndarray, predicted: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, ...]:
    precision = (true + EPSILON) / (predicted + EPSILON)
    recall = (true + EPSILON) / (positive + EPSILON)
    return precision, recall, 2 * precision * recall / (precision + recall)
