from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mlkd.errors import ConfigError
from mlkd.evaluation.metrics.reporting_metric import ReportingMetric, percent_mean


class Silent(ReportingMetric):
    """Measures nothing."""

    def process(self, data_batch: Any, data_samples: Any) -> None:
        """Nothing is kept."""

    def compute_metrics(self, results: list) -> dict:
        """Nothing is computed."""
        return {}


def test_the_mean_is_over_what_is_a_number() -> None:
    assert percent_mean(np.array([0.5, np.nan, 0.25])) == 37.5
    assert np.isnan(percent_mean(np.array([np.nan])))
    assert np.isnan(percent_mean(np.array([])))


def test_the_report_is_json_with_counts_as_they_are_and_shares_in_percent() -> None:
    metric = Silent(prefix='det')
    assert metric.last_report == {}
    columns = {'positives': np.array([3, 0]), 'AP': np.array([0.5, np.nan], np.float32)}
    metric.report(7, ['cat', 'dog'], [1], columns, iou_thr=[0.5])
    assert json.loads(json.dumps(metric.last_report, allow_nan=False)) == {
        'images': 7,
        'iou_thr': [0.5],
        'left_out': ['dog'],
        'classes': [{'name': 'cat', 'positives': 3, 'AP': 50.0}, {'name': 'dog', 'positives': 0, 'AP': None}],
    }


def test_wrong_arguments_name_the_class_that_took_them() -> None:
    error = Silent.wrong('iou_thr', 2, 'at most 1')
    assert isinstance(error, ConfigError)
    assert (error.where, error.found, error.expected) == ('iou_thr', 2, 'at most 1')
    assert 'Silent' in error.what
    with pytest.raises(ConfigError):
        raise error
