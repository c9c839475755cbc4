"""A network that knows its labels by name is given images of the same labels, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mlkd.errors import ConfigError
from mlkd.registry import HOOKS

from .epoch_hook import innermost_datasets


@HOOKS.register_module()
class LabelNamesHook(Hook):
    """Compares the labels of heads that have ``classes`` with those of the data set, before anything is computed."""

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Check the training set."""
        check_label_names(runner.model, runner.train_dataloader.dataset, 'train_dataloader')

    def before_val(self, runner: Runner) -> None:
        """Check the validation set."""
        check_label_names(runner.model, runner.val_dataloader.dataset, 'val_dataloader')

    def before_test(self, runner: Runner) -> None:
        """Check the test set."""
        check_label_names(runner.model, runner.test_dataloader.dataset, 'test_dataloader')


def check_label_names(model: Any, dataset: Any, where: str) -> None:
    """Raise if a network's labels are not those of a data set.

    Args:
        model: A network, or a distiller with a student, wrapped or not.
        dataset: The data set, or a wrapper around some.
        where: Its config key.

    Raises:
        ConfigError: If the names or their order differ.
    """
    model = model.module if is_model_wrapper(model) else model
    network = getattr(model, 'student', model)
    expected: Sequence[str] | None = getattr(getattr(network, 'head', None), 'classes', None)
    if expected is None:
        return
    for one in innermost_datasets(dataset):
        found = getattr(one, 'metainfo', {}).get('classes')
        if found is None or tuple(found) == tuple(expected):
            continue
        same = set(found) == set(expected)
        position = next((i for i, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]), 0)
        raise ConfigError(
            'The labels of the data set are not in the order of those of the network.'
            if same
            else 'The labels of the data set are not those of the network.',
            where=f'{where}.dataset and head.labels.classes',
            found=f'{len(found)} labels, number {position} is {found[position]}',
            expected=f'{len(expected)} labels, number {position} is {expected[position]}',
            fix='give both the same labels: classes of head.labels, or metainfo=dict(classes=[...]) of the data set',
        )
