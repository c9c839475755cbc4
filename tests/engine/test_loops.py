"""The loop over epochs, which begins anywhere in an epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from engine_toy import toy_config
from mmengine.hooks import Hook

from mlkd.engine.loops import ResumableEpochLoop, validation_is_due
from mlkd.engine.samplers import ResumableBatchSampler
from mlkd.engine.stage import build_runner
from mlkd.engine.stage_config import runner_config
from mlkd.errors import ConfigError

Batch = tuple[int, int, tuple[int, ...]]


class Watch(Hook):
    """Notes the number of each batch in its epoch and in all, and its images; and what else it hears."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.heard: list[str] = []

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        self.batches.append((runner.iter, batch_idx, tuple(sample.index for sample in data_batch['data_samples'])))

    def before_train_epoch(self, runner: Any) -> None:
        self.heard.append(f'begin {runner.epoch}')

    def after_train_epoch(self, runner: Any) -> None:
        self.heard.append(f'end {runner.epoch}')


def watched(folder: Path, at: int = 0) -> tuple[Any, Watch]:
    """A training of 2 epochs of 5 batches that begins at an iteration."""
    watch = Watch()
    runner = build_runner(runner_config(toy_config(folder, param_scheduler=None), folder, 'toy', seed=3))
    runner.register_hook(watch)
    loop = runner.build_train_loop(runner.train_loop)
    runner._train_loop = loop
    loop._iter, loop._epoch = at, at // 5
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.optim_wrapper.initialize_count_status(runner.model, at, 10)
    return loop, watch


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Batch]:
    """All batches of a training that began at its beginning."""
    loop, watch = watched(tmp_path_factory.mktemp('whole'))
    loop.run()
    return watch.batches


def test_an_epoch_is_what_mmengine_makes_of_it(whole: list[Batch]) -> None:
    assert [(iteration, index) for iteration, index, _ in whole] == [(i, i % 5) for i in range(10)]
    for epoch in (whole[:5], whole[5:]):
        assert sorted(image for *_, images in epoch for image in images) == list(range(20))
    assert [images for *_, images in whole[:5]] != [images for *_, images in whole[5:]]


@pytest.mark.parametrize('at', [3, 5, 9])
def test_it_goes_on_inside_of_an_epoch(whole: list[Batch], at: int, tmp_path: Path) -> None:
    loop, watch = watched(tmp_path, at)
    read: list[int] = []
    dataset = loop.dataloader.dataset
    plain = type(dataset).__getitem__

    class Counted(type(dataset)):
        def __getitem__(self, index: int) -> Any:
            read.append(index)
            return plain(self, index)

    dataset.__class__ = Counted
    loop.run()
    assert watch.batches == whole[at:]
    # Nothing of what was trained on is read again.
    assert len(read) == 4 * (10 - at)
    assert watch.heard == [f'{what} {epoch}' for epoch in range(at // 5, 2) for what in ('begin', 'end')]
    assert (loop.epoch, loop.iter) == (2, 10)


@pytest.mark.parametrize('epochs', [0, -1, 2.5, 'many'])
def test_no_epoch_is_no_training(epochs: Any, tmp_path: Path) -> None:
    loop, _ = watched(tmp_path)
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        ResumableEpochLoop(loop.runner, loop.dataloader, max_epochs=epochs)
    assert caught.value.where == 'train_cfg.max_epochs'


def test_no_batch_is_no_epoch(tmp_path: Path) -> None:
    config = toy_config(tmp_path, param_scheduler=None)
    config['train_dataloader'].update(batch_size=21, drop_last=True)
    runner = build_runner(runner_config(config, tmp_path, 'toy', seed=3))
    with pytest.raises(ConfigError, match='no batch') as caught:
        runner.build_train_loop(runner.train_loop)
    assert caught.value.found == '20 images, batch_size=21, drop_last=True'


def test_batches_are_those_of_a_sampler_that_can_leave_some_out(tmp_path: Path) -> None:
    loop, _ = watched(tmp_path)
    assert isinstance(loop.dataloader.batch_sampler, ResumableBatchSampler)
    # A loader that is built already stays what it is.
    assert ResumableEpochLoop(loop.runner, loop.dataloader, max_epochs=1).dataloader is loop.dataloader


@pytest.mark.parametrize(
    ('at', 'validation', 'due'),
    [
        (0, {}, False),
        (3, {}, False),
        (5, {}, True),
        (5, {'val_interval': 2}, False),
        (10, {'val_interval': 3}, True),
        (5, {'val_begin': 2}, False),
    ],
)
def test_a_validation_is_due_where_an_epoch_ended(at: int, validation: dict, due: bool, tmp_path: Path) -> None:
    """Of two epochs with five batches each."""
    loop, _ = watched(tmp_path, at)
    runner = loop.runner
    runner._train_loop = runner._val_loop = loop
    loop.val_begin, loop.val_interval = validation.get('val_begin', 1), validation.get('val_interval', 1)
    assert validation_is_due(runner) is due
    runner._val_loop = None
    assert not validation_is_due(runner)
