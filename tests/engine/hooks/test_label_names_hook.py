"""A network that knows its labels by name is given no others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from torch import nn

from mlkd.engine import LabelNamesHook
from mlkd.engine.hooks.label_names_hook import check_label_names
from mlkd.errors import ConfigError


def network(*classes: str) -> nn.Module:
    made = nn.Module()
    made.head = nn.Module()
    made.head.classes = classes  # type: ignore[assignment]
    return made


def dataset(*classes: str) -> Any:
    return SimpleNamespace(metainfo={'classes': classes})


def test_the_same_labels_in_the_same_order() -> None:
    check_label_names(network('cat', 'dog'), dataset('cat', 'dog'), 'train_dataloader')
    check_label_names(nn.Module(), dataset('cat', 'dog'), 'train_dataloader')
    check_label_names(network('cat', 'dog'), SimpleNamespace(), 'train_dataloader')


def test_another_order_is_told_from_other_labels() -> None:
    with pytest.raises(ConfigError, match='not in the order') as caught:
        check_label_names(network('cat', 'dog'), dataset('dog', 'cat'), 'val_dataloader')
    assert 'number 0 is dog' in str(caught.value)
    assert 'val_dataloader' in str(caught.value)
    with pytest.raises(ConfigError, match='are not those'):
        check_label_names(network('cat', 'dog'), dataset('cat', 'dog', 'sheep'), 'val_dataloader')


def test_students_wrappers_and_all_loops() -> None:
    distiller = nn.Module()
    distiller.student = network('cat', 'dog')
    wrapped = SimpleNamespace(datasets=[dataset('cat', 'dog'), dataset('dog', 'cat')])
    loaders = {f'{name}_dataloader': SimpleNamespace(dataset=wrapped) for name in ('train', 'val', 'test')}
    runner: Any = SimpleNamespace(model=distiller, **loaders)
    hook = LabelNamesHook()
    for check in (hook.before_train, hook.before_val, hook.before_test):
        with pytest.raises(ConfigError, match='not in the order'):
            check(runner)
