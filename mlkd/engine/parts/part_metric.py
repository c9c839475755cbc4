"""A metric of one network of a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import Evaluator
from mmengine.logging import print_log

from mlkd.registry import METRICS


@METRICS.register_module()
class PartMetric:
    """Measures what one network of a :class:`.NetworkGroup` predicts, with metrics that know nothing of groups.

    A network of whose labels no image of the test has one is not measured.

    Args:
        network: Its name.
        labels: Names of its labels, which stand for the classes of the data set.
        metrics: Config of a metric, or a list of them.
    """

    def __init__(self, network: str, labels: Sequence[str], metrics: Any) -> None:
        self.network, self.labels = network, tuple(labels)
        self.evaluator = Evaluator(metrics)
        self._positives = 0

    @property
    def dataset_meta(self) -> dict | None:
        """What is known of the data set."""
        return self.evaluator.dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, value: Mapping[str, Any] | None) -> None:
        self.evaluator.dataset_meta = {**(value or {}), 'classes': self.labels}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Hand the network's predictions of a batch on."""
        samples = [sample['predictions'][self.network] for sample in data_samples]
        self._positives += sum(int((sample.gt_label == 1).sum()) for sample in samples)
        self.evaluator.process(samples, data_batch)

    def evaluate(self, size: int) -> dict[str, Any]:
        """All numbers, named ``NETWORK/NUMBER``."""
        positives, self._positives = self._positives, 0
        if not positives:
            for metric in self.evaluator.metrics:
                metric.results.clear()
            print_log(f'No image has a label of the network {self.network}, which is not measured.', 'current')
            return {}
        return {f'{self.network}/{key}': value for key, value in self.evaluator.evaluate(size).items()}
