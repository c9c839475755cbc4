"""The metric of ML-GCN and MSRN on samples."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

from mlkd.errors import ConfigError, MLKDError
from mlkd.evaluation.functional import mlgcn_metrics
from mlkd.registry import METRICS

RNG = np.random.default_rng(0)
LOGITS = torch.from_numpy(RNG.normal(size=(30, 5)) * 4)
LABELS = torch.from_numpy(RNG.choice([-1, 0, 1], size=(30, 5), p=[0.1, 0.5, 0.4]))


def measured(key: str, values: torch.Tensor, **kwargs: object) -> dict[str, float]:
    metric = METRICS.build({'type': 'MLGCNMetric', **kwargs})
    metric.dataset_meta = {'classes': list('abcde')}
    samples = [{key: value, 'gt_label': label} for value, label in zip(values, LABELS, strict=True)]
    metric.process(None, samples[:20])
    metric.process(None, samples[20:])
    found = metric.evaluate(size=30)
    assert metric.last_report['threshold'] == 0
    return found


def test_in_percent_and_without_a_sweep() -> None:
    expected = {name: 100 * value for name, value in mlgcn_metrics(LOGITS, LABELS).summary.items()}
    assert measured('pred_logit', LOGITS) == pytest.approx(expected)


def test_probabilities_serve_too() -> None:
    assert measured('pred_score', LOGITS.sigmoid()) == pytest.approx(measured('pred_logit', LOGITS))


def test_a_logit_counts_where_its_probability_would_be_rounded() -> None:
    """Both scores are 1 in float32, and the threshold lies just above the third."""
    metric = METRICS.build({'type': 'MLGCNMetric'})
    for value, label in ((30.0, 1), (40.0, 0), (-1e-9, 0)):
        logit = torch.tensor([value])
        metric.process(None, [{'pred_logit': logit, 'pred_score': logit.sigmoid(), 'gt_label': torch.tensor([label])}])
    found = metric.evaluate(size=3)
    assert found['mAP'] == 50
    assert found['OP'] == 50


def test_sweep_and_ranking_have_names_of_their_own() -> None:
    found = measured('pred_logit', LOGITS, sweep=True, ranking=True)
    plain = measured('pred_logit', LOGITS)
    assert {name: found[name] for name in plain} == plain
    assert found['swept/CF1'] + found['swept/OF1'] >= found['CF1'] + found['OF1']
    assert -1 <= found['swept/threshold'] < 1
    assert 1 <= found['ranking/coverage_error'] <= 5
    assert 0 < found['ranking/LRAP'] <= 100
    assert len(found) == len(plain) + 7 + 3


def test_a_single_label_has_no_rank() -> None:
    metric = METRICS.build({'type': 'MLGCNMetric', 'ranking': True, 'sweep': True})
    metric.dataset_meta = {'classes': ['cat']}
    for logit, label in ((2.0, 1), (-1.0, 0)):
        metric.process(None, [{'pred_logit': torch.tensor([logit]), 'gt_label': torch.tensor([label])}])
    found = metric.evaluate(size=2)
    assert found['mAP'] == found['swept/CF1'] == 100
    assert not [name for name in found if name.startswith(('ranking', 'top3'))]


def test_classes_that_are_left_out_are_named(caplog: pytest.LogCaptureFixture) -> None:
    metric = METRICS.build({'type': 'MLGCNMetric'})
    metric.dataset_meta = {'classes': ['cat', 'yeti']}
    metric.process(None, [{'pred_logit': torch.tensor([1.0, 2.0]), 'gt_label': torch.tensor([1, 0])}])
    with caplog.at_level(logging.INFO):
        metric.evaluate(size=1)
    assert metric.last_report['left_out'] == ['yeti']


def test_errors() -> None:
    with pytest.raises(ConfigError, match='topk'):
        METRICS.build({'type': 'MLGCNMetric', 'topk': 0})
    with pytest.raises(MLKDError, match='no pred_score'):
        METRICS.build({'type': 'MLGCNMetric'}).process(None, [{'gt_label': torch.tensor([1])}])
