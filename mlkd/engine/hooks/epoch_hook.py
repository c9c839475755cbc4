"""Tells the data set which epoch it is."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.engine.dataset_wrappers import innermost_datasets
from mlkd.registry import HOOKS


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
