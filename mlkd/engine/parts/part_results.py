"""From what a group of networks measured to the results of each, and of the stage that trained them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from torch import Tensor

from mlkd.engine.records import NETWORK, cost_of, jsonable, per_class
from mlkd.engine.stage import Trained

from .label_part import LabelPart
from .part_metric import PartMetric

#: Of a network in a group, a share of what the group took.
_SHARED = ('seconds', 'train_seconds', 'test_seconds')
#: Metrics that are means over classes, and their names in the report on single classes.
_CLASS_MEANS = {'mAP': 'AP', 'CP': 'P', 'CR': 'R', 'F1-C': 'F1'}


def state_of(state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The state dict of one network of a :class:`.NetworkGroup`."""
    prefix = f'networks.{name}.'
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def part_result(trained: Trained, part: LabelPart, together: int) -> dict[str, Any]:
    """The numbers of one network of a group, as of one that was trained alone.

    Args:
        trained: What the group is about to leave.
        part: Of the network.
        together: Number of networks in the group. Time is shared out; the speed is that at which one network would see
            as many images in its share.
    """
    start = f'{part.name}/'
    metrics = {key.removeprefix(start): x for key, x in trained.metrics.items() if key.startswith(start)}
    measures = trained.evaluator.metrics if trained.evaluator is not None else []
    own: PartMetric | None = next((one for one in measures if one.network == part.name), None)  # type: ignore[attr-defined]
    facts, weights = trained.facts, trained.weights(part.name)
    return {
        **facts,
        **({} if weights is None else {'weights': weights}),
        **{key: round(facts[key] / together, 3) for key in _SHARED},
        'images_per_second': round(facts['images_per_second'] * together, 2),
        'metrics': jsonable(metrics),
        'per_class': per_class(own.evaluator) if own is not None else None,
        'labels': list(part.labels),
        'together': together,
    }


def stage_result(
    parts: Mapping[str, dict[str, Any]], partitions: Mapping[str, Sequence[str]], classes: Sequence[str]
) -> dict[str, Any]:
    """The result of a stage that trained a network for each part of its partitions.

    Args:
        parts: Result of each network by name.
        partitions: Names of the networks of each partition.
        classes: Names of all labels.

    Returns:
        As of one training. The networks of a partition are measured as one, each label by the network that knows it:
        ``PARTITION/mAP`` and other means over classes, and without a partition before them means over partitions;
        ``per_class`` where there is one partition.
    """
    reports = {
        name: _joined([parts[part].get('per_class') for part in names], classes) for name, names in partitions.items()
    }
    means = {name: _class_means(report) for name, report in reports.items()}
    shared = [key for key in _CLASS_MEANS if all(key in values for values in means.values())]
    metrics = {key: fmean(values[key] for values in means.values()) for key in shared}
    metrics |= {f'{name}/{key}': value for name, values in means.items() for key, value in values.items()}
    return {
        **cost_of(parts),
        'metrics': metrics,
        'per_class': next(iter(reports.values())) if len(reports) == 1 else None,
        'partitions': {name: list(names) for name, names in partitions.items()},
    }


def networks_of(result: Mapping[str, Any], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What a distiller is told of the networks of each partition: ``dict(labels=..., checkpoint=...)``, in order.

    Args:
        result: Of the stage.
        folder: Of the stage.
    """
    return {
        partition: [
            {'labels': result['parts'][name]['labels'], 'checkpoint': str(folder / name / NETWORK)} for name in names
        ]
        for partition, names in result['partitions'].items()
    }


def _joined(reports: Iterable[Mapping[str, Any] | None], classes: Sequence[str]) -> dict[str, Any] | None:
    """One report on single classes from those of networks that know different ones."""
    found = [report for report in reports if report is not None]
    if not found:
        return None
    rows = {row['name']: row for report in found for row in report['classes']}
    left_out = {name for report in found for name in report['left_out']}
    return {
        **{key: value for key, value in found[0].items() if key not in ('classes', 'left_out')},
        'left_out': [name for name in classes if name in left_out],
        'classes': [rows[name] for name in classes if name in rows],
    }


def _class_means(report: Mapping[str, Any] | None) -> dict[str, float]:
    if report is None:
        return {}
    rows = [row for row in report['classes'] if row['name'] not in set(report['left_out'])]
    values = {key: [row[column] for row in rows if row.get(column) is not None] for key, column in _CLASS_MEANS.items()}
    return {key: fmean(numbers) for key, numbers in values.items() if numbers}
