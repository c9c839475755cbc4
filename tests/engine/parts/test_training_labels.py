from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlkd.engine.parts.training_labels import training_classes, training_counts


@pytest.fixture
def voc(make_voc: Callable[..., Path]) -> dict[str, Any]:
    return {'type': 'VOCMultiLabel', 'data_root': str(make_voc()), 'split': 'trainval', 'proposal_file': 'auto'}


def stage(dataset: dict[str, Any]) -> dict[str, Any]:
    return {'train_dataloader': {'batch_size': 2, 'dataset': dataset}}


def people(counts) -> int:
    return int(counts.images[counts.classes.index('person')])


def test_difficult_objects_count_as_they_are_trained_on_or_as_said(voc: dict[str, Any]):
    # One image has a person, another one that is difficult.
    assert people(training_counts(stage({**voc, 'difficult': 'present'}))) == 2
    assert people(training_counts(stage({**voc, 'difficult': 'present'}), difficult='absent')) == 1
    assert people(training_counts(stage({**voc, 'difficult': 'absent'}))) == 1


def test_what_a_wrapper_repeats_counts_as_often(voc: dict[str, Any]):
    once = training_counts(stage(voc))
    twice = training_counts(stage({'type': 'RepeatDataset', 'times': 2, 'dataset': voc}))
    assert (twice.images == 2 * once.images).all()
    assert (twice.pairs == 2 * once.pairs).all()
    assert training_classes(stage({'type': 'ConcatDataset', 'datasets': [voc, voc]}), 'teachers') == once.classes
