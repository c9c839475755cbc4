"""Terms hear what the labels are called, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mmengine.dataset import ConcatDataset
from mmengine.model import BaseModel, MMDistributedDataParallel
from torch import nn

from mlkd.datasets import Shapes
from mlkd.distillers import Distiller
from mlkd.engine import ClassNamesHook
from mlkd.errors import PartitionError
from tests.distillers.part_toy import CLASSES, model, write_parts


def runner(model: Any, *datasets: Any) -> Any:
    dataset = datasets[0] if len(datasets) == 1 else ConcatDataset(datasets, ignore_keys=['classes'])
    return SimpleNamespace(model=model, train_dataloader=SimpleNamespace(dataset=dataset))


def shapes(classes: tuple[str, ...] | None = None) -> Shapes:
    return Shapes(num_images=4, metainfo={'classes': classes} if classes else None)


class Listener(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, ...]] = []

    def set_classes(self, classes: tuple[str, ...]) -> None:
        self.heard.append(classes)

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        return inputs


def test_a_model_that_asks_is_told() -> None:
    listener, dataset = Listener(), shapes()
    ClassNamesHook().before_train(runner(listener, dataset))
    assert listener.heard == [dataset.metainfo['classes']]
    # As distributed training wraps it, without its processes.
    wrapped = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    nn.Module.__init__(wrapped)
    wrapped.module = listener
    ClassNamesHook().before_train(runner(wrapped, dataset, dataset))
    assert listener.heard == 3 * [dataset.metainfo['classes']]


def test_a_model_that_does_not_ask() -> None:
    ClassNamesHook().before_train(runner(nn.Linear(2, 2), shapes()))


def test_labels_that_the_teachers_do_not_know(tmp_path: Path) -> None:
    teachers = {'cgp': {'model': model(), 'parts': write_parts(tmp_path, [CLASSES])}}
    terms = {'psd': {'type': 'PartitionKD', 'families': {'cgp': 1}}}
    made = Distiller(model(), teachers, terms)
    with pytest.raises(PartitionError, match='teacher cgp'):
        ClassNamesHook().before_train(runner(made, shapes()))
