"""A metric of one network of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import Evaluator

from mlkd.registry import METRICS


@METRICS.register_module()
class PartMetric:
    """Measures what one network of a :class:`.NetworkGroup` predicts, with metrics that know nothing of groups.

    Args:
        network: Its name.
        labels: Names of its labels, which stand for the classes of the data set.
        metrics: Config of a metric, or a list of them.
    """

    def __init__(self, network: str, labels: Sequence[str], metrics: Any) -> None:
        self.network, self.labels = network, tuple(labels)
        self.evaluator = Evaluator(metrics)

    @property
    def dataset_meta(self) -> dict | None:
        """What is known of the data set."""
        return self.evaluator.dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, value: Mapping[str, Any] | None) -> None:
        self.evaluator.dataset_meta = {**(value or {}), 'classes': self.labels}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Hand the network's predictions of a batch on."""
        self.evaluator.process([sample['predictions'][self.network] for sample in data_samples], data_batch)

    def evaluate(self, size: int) -> dict[str, Any]:
        """All numbers, named ``NETWORK/NUMBER``."""
        return {f'{self.network}/{key}': value for key, value in self.evaluator.evaluate(size).items()}
