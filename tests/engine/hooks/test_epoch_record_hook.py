"""What epochs logged and measured is kept, whole, and goes on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mmengine.logging import MessageHub

from mlkd.engine.hooks import EpochRecordHook
from mlkd.engine.hooks.epoch_record_hook import RECORD, recorded_epochs


@pytest.fixture
def runner(tmp_path: Path) -> Any:
    hub = MessageHub(f'epoch_record_{tmp_path.name}')
    return SimpleNamespace(
        work_dir=str(tmp_path), epoch=0, train_dataloader=range(2), message_hub=hub, hooks=[EpochRecordHook()]
    )


def train(runner: Any, *values: float) -> None:
    for value in values:
        runner.message_hub.update_scalars({'train/oass.fallback': value, 'train/lr': 0.1, 'train/time': 1.0})
    runner.hooks[0].after_train_epoch(runner)
    runner.epoch += 1


def validate(runner: Any, value: float) -> None:
    runner.hooks[0].after_val_epoch(runner, {'mAP': value, 'CF1': 1.0})


def content(runner: Any) -> list[dict]:
    return json.loads((Path(runner.work_dir) / RECORD).read_text())['epochs']


def test_means_over_epochs_and_the_best_of_them(runner: Any) -> None:
    runner.hooks[0].before_train(runner)
    for values, measured in (((1.0, 0.5), 50.0), ((0.5, 0.0), 60.0), ((0.2, 0.4), 60.0)):
        train(runner, *values)
        validate(runner, measured)
    assert [entry['train'] for entry in content(runner)] == [
        {'oass.fallback': pytest.approx(value)} for value in (0.75, 0.25, 0.3)
    ]
    report = recorded_epochs(runner)
    assert report == {
        'select_by': 'mAP',
        'last': {'epoch': 3, 'metrics': {'mAP': 60.0, 'CF1': 1.0}},
        'best': {'epoch': 2, 'metrics': {'mAP': 60.0, 'CF1': 1.0}},
        'logged': {'oass.fallback': {'first': 0.75, 'last': pytest.approx(0.3)}},
    }


def test_what_is_resumed_goes_on_and_what_came_later_comes_again(runner: Any) -> None:
    runner.hooks[0].before_train(runner)
    for measured in (50.0, 70.0, 60.0):
        train(runner, 1.0, 1.0)
        validate(runner, measured)
    resumed = SimpleNamespace(**{**vars(runner), 'epoch': 1, 'hooks': [EpochRecordHook()]})
    resumed.hooks[0].before_train(resumed)
    train(resumed, 0.0, 0.0)
    validate(resumed, 55.0)
    assert [(entry['epoch'], entry['val']['mAP']) for entry in content(resumed)] == [(1, 50.0), (2, 55.0)]
    anew = SimpleNamespace(**{**vars(runner), 'epoch': 0, 'hooks': [EpochRecordHook()]})
    anew.hooks[0].before_train(anew)
    train(anew, 0.5, 0.5)
    assert content(anew) == [{'epoch': 1, 'train': {'oass.fallback': 0.5}}]


def test_without_validation_or_epochs(runner: Any) -> None:
    assert recorded_epochs(runner) == {'select_by': 'mAP', 'last': None, 'best': None, 'logged': {}}
    runner.hooks[0].before_train(runner)
    validate(runner, 1.0)
    train(runner, 1.0, 1.0)
    report = recorded_epochs(runner)
    assert report is not None
    assert (report['last'], report['best']) == (None, None)
    assert recorded_epochs(SimpleNamespace(hooks=[])) is None  # type: ignore[arg-type]
