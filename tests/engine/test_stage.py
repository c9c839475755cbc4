"""One training: what it leaves, what it was measured with, and how it ends."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_toy import toy_config
from mmengine.config import Config
from mmengine.hooks import Hook

from mlkd.checkpoint_file import load_file
from mlkd.engine import stage
from mlkd.engine.dry_run import limit_batches
from mlkd.engine.hashing import dataset_checksum
from mlkd.engine.stage import (
    FlexibleStageRunner,
    StageRunner,
    Trained,
    build_runner,
    leave_network,
    run_stage,
    train_and_leave,
)
from mlkd.engine.stage_config import runner_config
from mlkd.errors import ConfigError
from mlkd.fileio import checksum

#: Weights and biases of ToyNet: 8 filters of 3 x 3 x 3, and 8 x 3.
PARAMETERS = 8 * 27 + 8 + 8 * 3 + 3


def config_of(folder: Path, dry: int = 0, **changes: Any) -> Config:
    plain = toy_config(folder, **changes)
    if dry:
        limit_batches(plain, dry)
    return runner_config(plain, folder, 'toy', seed=3)


def validated(**changes: Any) -> dict[str, Any]:
    """Keys of a config that validates on what another tests on, and tests on nothing."""
    config = toy_config('.')
    test = {f'test_{part}': None for part in ('dataloader', 'cfg', 'evaluator')}
    val = {f'val_{part}': config[f'test_{part}'] for part in ('dataloader', 'cfg', 'evaluator')}
    return {**test, **val, 'train_cfg': {'by_epoch': True, 'max_epochs': 1, 'val_interval': 1}, **changes}


@pytest.fixture(scope='module')
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a training, and what it returned."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp('stage') / 'toy'
    return folder, run_stage(config_of(folder), folder, {'stage': 'toy', 'seed': 3})


def test_what_is_left(done: tuple[Path, dict[str, Any]]) -> None:
    folder, result = done
    assert json.loads((folder / 'result.json').read_text()) == result
    assert (result['stage'], result['seed'], result['parameters']) == ('toy', 3, PARAMETERS)
    assert result['network_sha256'] == checksum(folder / 'network.pth')
    state = load_file(folder / 'network.pth')
    assert sum(value.numel() for value in state.values()) == PARAMETERS
    assert (result['iterations'], result['epochs']) == (10, 2)
    assert result['batches'] == {'train': [5, 5], 'test': [3, 3]}
    assert result['seconds'] == pytest.approx(result['train_seconds'] + result['test_seconds'], abs=2e-3)
    assert result['peak_memory_mib']['rss'] > 0
    assert not {'weights', 'epochs_measured'} & result.keys()


def test_the_metrics_are_those_of_the_network_that_was_left(done: tuple[Path, dict[str, Any]]) -> None:
    from engine_toy import ToyImages, ToyNet

    folder, result = done
    network = ToyNet().eval()
    network.load_state_dict(load_file(folder / 'network.pth'))
    samples = [ToyImages(10, seed=1)[index] for index in range(10)]
    with torch.no_grad():
        scores = torch.cat([network([sample['inputs']], None) for sample in samples]).sigmoid()
    assert result['metrics']['toy/score'] == pytest.approx(scores.mean().item(), abs=1e-6)
    labels = torch.stack([sample['data_samples'].label for sample in samples])
    assert result['metrics']['toy/accuracy'] == pytest.approx(((scores > 0.5) == (labels > 0.5)).float().mean().item())
    assert result['metrics']['toy/images'] == 10


def test_the_data_are_those_that_were_used(done: tuple[Path, dict[str, Any]]) -> None:
    from engine_toy import ToyImages

    assert done[1]['data'] == {
        'train': dataset_checksum(ToyImages(20)),
        'test': dataset_checksum(ToyImages(10, seed=1)),
    }


def test_without_a_test_set_the_validation_set_is_measured(tmp_path: Path) -> None:
    seen: list[Trained] = []
    assert (
        train_and_leave(config_of(tmp_path, **validated()), tmp_path, lambda trained: seen.append(trained) or 'x')
        == 'x'
    )
    (trained,) = seen
    assert trained.metrics['toy/images'] == 10
    assert [type(metric).__name__ for metric in trained.evaluator.metrics] == ['ToyMetric']
    assert trained.facts['batches'] == {'train': [5, 5], 'test': [3, 3]}
    assert not (tmp_path / 'result.json').exists()


def test_without_either_there_are_no_numbers(tmp_path: Path) -> None:
    nothing = {f'val_{part}': None for part in ('dataloader', 'cfg', 'evaluator')}
    config = config_of(tmp_path, dry=2, **validated(**nothing))
    result = run_stage(config, tmp_path, {})
    assert (result['metrics'], result['per_class']) == ({}, None)
    assert result['batches'] == {'train': [2, 5]}
    assert list(result['data']) == ['train']
    assert (tmp_path / 'network.pth').is_file()


def test_a_result_says_that_its_network_is_there_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {'a': torch.zeros(2, 3), 'b': torch.zeros(4)}
    result = leave_network(tmp_path / 'good', state, {'x': 1})
    assert result == {'x': 1, 'parameters': 10, 'network_sha256': checksum(tmp_path / 'good' / 'network.pth')}

    def full(*arguments: object) -> None:
        raise OSError('no space left')

    monkeypatch.setattr(stage, 'save_network', full)
    with pytest.raises(OSError, match='no space'):
        leave_network(tmp_path / 'bad', state, {'x': 1})
    assert not (tmp_path / 'bad' / 'result.json').exists()


def test_what_is_wrong_with_the_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='ToyNett') as caught:
        build_runner(config_of(tmp_path, model={'type': 'ToyNett'}))
    assert str(caught.value.where).endswith('model.type')
    optimizer = {'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentun': 0.9}}
    with pytest.raises(ConfigError, match='momentun') as caught:
        train_and_leave(config_of(tmp_path, optim_wrapper=optimizer), tmp_path, lambda trained: None)
    assert 'momentum' in caught.value.fix


def test_a_strategy_has_a_runner_of_its_own(tmp_path: Path) -> None:
    runner = build_runner(config_of(tmp_path / 'a'))
    assert type(runner) is StageRunner
    flexible = build_runner(config_of(tmp_path / 'b', strategy={'type': 'SingleDeviceStrategy'}))
    assert type(flexible) is FlexibleStageRunner
    names = runner.get_hooks_info().split(', ')
    assert {'SeedHook', 'LoggerHook', 'CheckpointHook'} <= {name.replace('Atomic', '') for name in names}
    assert '\n' not in runner.get_hooks_info()


def test_the_log_is_short(tmp_path: Path) -> None:
    runner = build_runner(config_of(tmp_path, log_level='INFO'))
    (log,) = tmp_path.rglob('*.log')
    before = log.read_text()
    assert len([line for line in before.splitlines() if f'torch {torch.__version__} on ' in line]) == 1
    assert 'seed 3' in before
    for text in ('"FileClient" will be deprecated', 'Resumed iteration number 3', 'a word of ours'):
        runner.logger.log(logging.INFO, text)
    assert [line.rpartition(' - ')[2] for line in log.read_text()[len(before) :].splitlines()] == ['a word of ours']


class Loader:
    """Has processes that are to end."""

    _iterator: Any = 'running'


def test_workers_end_with_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it was done or not."""
    loaders: list[Any] = []

    class Stop(Hook):
        def after_test(self, runner: Any) -> None:
            loops = (runner._train_loop, runner._test_loop)
            for loop in loops:
                loop.dataloader = Loader()
            loaders.extend(loop.dataloader for loop in loops)
            raise InterruptedError

    plain = build_runner

    def with_hook(config: Config) -> Any:
        runner = plain(config)
        runner.register_hook(Stop())
        return runner

    monkeypatch.setattr(stage, 'build_runner', with_hook)
    with pytest.raises(InterruptedError):
        train_and_leave(config_of(tmp_path, dry=1), tmp_path, lambda trained: None)
    assert [loader._iterator for loader in loaders] == [None, None]


def test_scores_of_a_validation_set_are_left_beside_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    class Scores:
        def write(self, folder: Path) -> None:
            written.append(folder)

    monkeypatch.setattr(stage, 'validation_scores', lambda *arguments: Scores())
    monkeypatch.setattr(stage, 'measured_weights', lambda runner, *names: {'left': 'averaged'})
    monkeypatch.setattr(stage, 'recorded_epochs', lambda runner: {'last': 1})
    result = run_stage(config_of(tmp_path, dry=1), tmp_path, {})
    assert written == [tmp_path]
    assert (result['weights'], result['epochs_measured']) == ({'left': 'averaged'}, {'last': 1})
