"""The numbers of ML-GCN, MSRN and those who took over their meter (``AveragePrecisionMeter`` in ``util.py``)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import coverage_error, label_ranking_average_precision_score, label_ranking_loss

from mlkd.errors import MLKDError

from .average_precision import average_precision
from .decisions import top_k
from .inputs import Array, as_scores_and_labels
from .multi_label_metrics import MultiLabelMetrics
from .precision_recall import PrecisionRecall

#: The thresholds of logits that MSRN tries out on the test set.
SWEEP = tuple(x * 0.1 + -1 for x in range(20))


def mlgcn_metrics(
    logits: Array,
    labels: Array,
    threshold: float = 0.0,
    topk: int | None = 3,
    images: Sequence[object] | None = None,
) -> MultiLabelMetrics:
    """mAP, precision, recall and F1 by the rules of ML-GCN.

    Average precision is the mean of the precision at each positive, of equal logits in the order of the images (the
    meter's own order of them varies with the machine); what is difficult is skipped. For precision, recall and F1 it
    is absent. A class that nothing is said of counts as said of one image: precision 0, and one more in OP.

    Args:
        logits: (N, K), finite.
        labels: (N, K); 1 present, 0 absent, -1 difficult.
        threshold: A class is said to be present where its logit is at least this.
        topk: ``'topK/...'``: of each image the K classes with the highest logits, those of them at the threshold or
            above. None, or more than there are classes: left out.
        images: (N,) names for the error messages.

    Returns:
        ``mAP``, ``CP``, ``CR``, ``CF1``, ``OP``, ``OR``, ``OF1``; classes without a positive are left out.

    Raises:
        MLKDError: If there is no positive label, or logits and labels do not fit each other or are wrong.
    """
    score, label = as_scores_and_labels(logits, labels, images)
    present = label == 1
    if not present.any():
        raise MLKDError(
            'There is nothing to measure: no image has a label.',
            found=f'{len(label)} images, {label.shape[1]} classes',
            expected='at least one label that is 1',
        )
    ap = average_precision(score, label, interpolated=False, tied='in_order')
    said = score >= threshold
    by_class = decision_metrics(said, present)
    summary = {'mAP': float(np.nanmean(ap)), **by_class.summary}
    if topk is not None and topk <= score.shape[1]:
        best = top_k(score, present.astype(np.int8), topk)
        of_best = decision_metrics(best & said, present).summary
        summary.update({f'top{topk}/{name}': value for name, value in of_best.items()})
    return MultiLabelMetrics(summary, ap, present.sum(axis=0), (label >= 0).sum(axis=0), by_class)


def decision_metrics(said: NDArray[np.bool_], present: NDArray[np.bool_]) -> PrecisionRecall:
    """Precision, recall and F1 of decisions by the rules of :func:`mlgcn_metrics`.

    Args:
        said: bool (N, K): which classes are said to be present.
        present: bool (N, K): which are; some class must be.
    """
    kept = present.any(axis=0)
    true, predicted, positive = ((cells).sum(axis=0) for cells in (said & present, said, present))
    predicted = np.maximum(predicted, 1)
    precision = true / predicted
    recall = np.where(kept, true / np.maximum(positive, 1), np.nan)
    f1 = np.where(kept, _harmonic(precision, np.nan_to_num(recall)), np.nan)
    cp, cr = float(precision[kept].mean()), float(recall[kept].mean())
    op = float(true[kept].sum() / predicted[kept].sum())
    overall = float(true[kept].sum() / positive[kept].sum())
    summary = {
        'CP': cp,
        'CR': cr,
        'CF1': float(_harmonic(cp, cr)),
        'OP': op,
        'OR': overall,
        'OF1': float(_harmonic(op, overall)),
    }
    return PrecisionRecall(precision, recall, f1, summary)


def swept_metrics(logits: Array, labels: Array, thresholds: Sequence[float] = SWEEP) -> dict[str, float]:
    """The numbers at that of several thresholds which is best on these very images, as MSRN reports them.

    They know the labels that they are compared with: no number to compare others with.

    Args:
        logits: (N, K), finite.
        labels: As of :func:`mlgcn_metrics`.
        thresholds: Which to try; the first one with the largest CF1 + OF1 is taken.

    Returns:
        As of :func:`decision_metrics`, and ``threshold``.
    """
    score, label = as_scores_and_labels(logits, labels)
    found = [(decision_metrics(score >= threshold, label == 1).summary, threshold) for threshold in thresholds]
    best, threshold = max(found, key=lambda one: one[0]['CF1'] + one[0]['OF1'])
    return {**best, 'threshold': float(threshold)}


def ranking_metrics(logits: Array, labels: Array) -> dict[str, float]:
    """Scikit-learn's metrics of how labels are ranked in each image, difficult ones being absent.

    Args:
        logits: (N, K), finite.
        labels: As of :func:`mlgcn_metrics`.

    Returns:
        ``coverage_error``, a number of labels; ``LRAP`` and ``ranking_loss``, in [0, 1].
    """
    score, label = as_scores_and_labels(logits, labels)
    present = label == 1
    return {
        'coverage_error': float(coverage_error(present, score)),
        'LRAP': float(label_ranking_average_precision_score(present, score)),
        'ranking_loss': float(label_ranking_loss(present, score)),
    }


def _harmonic(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """Harmonic mean, 0 where both are."""
    total = np.asarray(a) + np.asarray(b)
    return 2 * np.asarray(a) * np.asarray(b) / np.where(total > 0, total, 1)
