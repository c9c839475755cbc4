"""Tells the data set which epoch it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.registry import HOOKS


def innermost_datasets(dataset: Any) -> Iterator[Any]:
    """The data sets that read samples, below wrappers like ``ConcatDataset`` and ``RepeatDataset``."""
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if inner[0] is None:
        yield dataset
    else:
        for one in inner:
            yield from innermost_datasets(one)


@HOOKS.register_module()
class EpochHook(Hook):
    """Calls ``set_epoch`` of the data set at the start of each epoch, before any of its samples is asked for.

    The data set seeds its transforms from (seed, epoch, index).
    """

    priority = 'VERY_HIGH'

    def before_train_epoch(self, runner: Runner) -> None:
        """Hand the epoch on."""
        for dataset in innermost_datasets(runner.train_dataloader.dataset):
            if hasattr(dataset, 'set_epoch'):
                dataset.set_epoch(runner.epoch)
