"""The metric of ML-GCN and MSRN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor

from mlkd.evaluation.functional import MultiLabelMetrics, mlgcn_metrics, ranking_metrics, swept_metrics
from mlkd.registry import METRICS

from .multi_label_metric import MultiLabelMetric


@METRICS.register_module()
class MLGCNMetric(MultiLabelMetric):
    """The protocol of ML-GCN and MSRN, in percent: see ``docs/metrics.md``.

    Args:
        threshold: Of the logits: 0 is a probability of one half.
        topk: The k of the top-k numbers; None: none.
        sweep: Whether to try out MSRN's thresholds on the test set too; keys begin with ``swept/``.
        ranking: Whether to compute scikit-learn's ranking metrics too, where there are several labels; keys begin with
            ``ranking/``.
        collect_device: As in MMEngine.
        prefix: The same.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(
        self,
        threshold: float = 0.0,
        topk: int | None = 3,
        sweep: bool = False,
        ranking: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(threshold, () if topk is None else topk, collect_device=collect_device, prefix=prefix)
        self.interpolated, self.sweep, self.ranking = False, sweep, ranking

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep logits and labels of a batch.

        Args:
            data_batch: Not used.
            data_samples: Samples as dicts, with ``gt_label`` (K,) and ``pred_logit`` (K,), or else ``pred_score``, a
                probability.
        """
        super().process(data_batch, [_with_logits(sample) for sample in data_samples])

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Of logits."""
        return expit(scores)

    def measure(self, scores: np.ndarray, labels: np.ndarray, images: Sequence[object]) -> MultiLabelMetrics:
        """All numbers, in [0, 1]."""
        k = self.topk[0] if self.topk else None
        measured = mlgcn_metrics(scores, labels, self.threshold, k, images)
        if self.sweep:
            swept = swept_metrics(scores, labels)
            # A logit, which comes out as it is.
            swept['threshold'] /= 100
            measured.summary.update({f'swept/{name}': value for name, value in swept.items()})
        # A single label has no rank.
        if self.ranking and scores.shape[1] > 1:
            ranked = ranking_metrics(scores, labels)
            # A number of labels.
            ranked['coverage_error'] /= 100
            measured.summary.update({f'ranking/{name}': value for name, value in ranked.items()})
        return measured


def _with_logits(sample: dict) -> dict:
    if 'pred_logit' in sample:
        return {**sample, 'pred_score': sample['pred_logit']}
    if 'pred_score' not in sample:
        return sample
    return {**sample, 'pred_score': _logit(torch.as_tensor(sample['pred_score']))}


def _logit(score: Tensor) -> Tensor:
    """Logits of probabilities, finite for 0 and 1."""
    return torch.logit(score.double(), eps=1e-15)
