"""Checks the metrics of all stages before the first one is trained: those of a test are made after hours of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mlkd.engine.config_errors import below, translated
from mlkd.registry import METRICS


def check_metrics(configs: Mapping[str, Mapping[str, Any]]) -> None:
    """Make each metric of some trainings of its arguments, and drop it.

    Args:
        configs: Of each training, by its key path, which may be empty.

    Raises:
        MLKDError: If one cannot be made; with the key path.
    """
    made: list[Any] = []
    for stage, config in configs.items():
        for key in ('val_evaluator', 'test_evaluator'):
            for place, metric in _metrics(config.get(key), f'{stage}.{key}' if stage else key):
                if metric not in made:
                    made.append(metric)
                    with below(place), translated(metric, place):
                        METRICS.build(copy.deepcopy(metric))


def _metrics(evaluator: Any, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Configs of metrics, of which MMEngine takes one or a list, each with its key path."""
    pairs = [(f'{key}.{i}', x) for i, x in enumerate(evaluator)] if isinstance(evaluator, list) else [(key, evaluator)]
    return [(where, metric) for where, metric in pairs if isinstance(metric, Mapping) and metric.get('type')]
