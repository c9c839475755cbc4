"""Tells a distiller what the labels of its training set are called."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mlkd.registry import HOOKS

from .epoch_hook import innermost_datasets


@HOOKS.register_module()
class ClassNamesHook(Hook):
    """Hands the names of the labels to a model that asks for them, before anything is trained.

    Terms that find labels by name (:class:`~mlkd.distillers.PartitionKD`) check them against their teachers' then.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Hand over the names in the metainfo of the training set."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if not hasattr(model, 'set_classes'):
            return
        for dataset in innermost_datasets(runner.train_dataloader.dataset):
            classes = getattr(dataset, 'metainfo', {}).get('classes')
            if classes:
                model.set_classes(tuple(classes))  # type: ignore[operator]
