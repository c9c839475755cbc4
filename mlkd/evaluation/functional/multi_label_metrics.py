"""All numbers of a multi-label classifier in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlkd.errors import MLKDError

from .average_precision import average_precision
from .decisions import above_threshold, top_k
from .inputs import Array, as_scores_and_labels
from .precision_recall import PrecisionRecall, precision_recall


@dataclass(frozen=True)
class MultiLabelMetrics:
    """What was measured. All ratios are in [0, 1].

    Attributes:
        summary: The numbers by name (the table in ``docs/metrics.md``).
        average_precision: float64 (K,); NaN for a class without a positive.
        positives: int (K,): images with the class.
        counted: int (K,): images whose label for the class is not ignored.
        by_class: Precision, recall and F1 per class at the threshold.
    """

    summary: dict[str, float]
    average_precision: NDArray[np.float64]
    positives: NDArray[np.intp]
    counted: NDArray[np.intp]
    by_class: PrecisionRecall

    @property
    def left_out(self) -> list[int]:
        """Indices of the classes without a positive, which no mean over classes counts."""
        return np.flatnonzero(self.positives == 0).tolist()


def multi_label_metrics(
    scores: Array,
    labels: Array,
    *,
    threshold: float = 0.5,
    topk: Sequence[int] = (3,),
    interpolated: bool = True,
    images: Sequence[object] | None = None,
) -> MultiLabelMetrics:
    """Mean average precision, and precision, recall and F1 at a threshold and among the top k.

    Args:
        scores: (N, K), finite; higher is more certain.
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        threshold: A class is said to be present where its score is above it, strictly.
        topk: For each k two groups of numbers: ``'topK/...'`` of the k best classes that are above the threshold, and
            ``'topK_forced/...'`` of the k best whatever they score.
        interpolated: Which average precision; see :func:`average_precision`.
        images: (N,) names of the images for the error messages.

    Returns:
        All numbers. Means over classes leave those without a positive out, and are NaN where there is no other.

    Raises:
        MLKDError: If there is no image or every label is ignored, scores and labels do not fit each other, a score is
            not finite, or there are fewer classes than a k of ``topk``.
    """
    score, label = as_scores_and_labels(scores, labels, images)
    counted = label >= 0
    if not counted.any():
        raise MLKDError(
            'There is nothing to measure: no image, or every label is ignored.',
            found=f'{len(label)} images, {label.shape[1]} classes',
            expected='at least one label that is 0 or 1',
        )
    ap = average_precision(score, label, interpolated)
    by_class = precision_recall(above_threshold(score, label, threshold), label)
    summary = {'mAP': float(np.nanmean(ap)) if not np.isnan(ap).all() else float('nan'), **by_class.summary}
    for k in topk:
        for name, limit in ((f'top{k}', threshold), (f'top{k}_forced', None)):
            group = precision_recall(top_k(score, label, k, limit), label).summary
            summary.update({f'{name}/{key}': value for key, value in group.items()})
    return MultiLabelMetrics(summary, ap, (label == 1).sum(axis=0), counted.sum(axis=0), by_class)
