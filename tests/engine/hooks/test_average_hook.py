from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
from engine_toy import ToyNet, run, toy_config, toy_recipe, train
from mmengine.config import Config
from mmengine.hooks import Hook
from torch import Tensor, nn

from mlkd.engine.checkpoints import load_file
from mlkd.engine.hooks import WeightAverageHook
from mlkd.engine.stage import build_runner
from mlkd.errors import CheckpointError, ConfigError
from mlkd.registry import HOOKS, MODELS

TRAIN = {'by_epoch': True, 'max_epochs': 3, 'val_interval': 1}


@MODELS.register_module()
class ToyNormNet(ToyNet):
    """With batch norm, a frozen layer and dropout."""

    def __init__(self, width: int = 8) -> None:
        super().__init__(width)
        self.norm, self.still = nn.BatchNorm2d(3), nn.Linear(2, 2).requires_grad_(False)

    def logits(self, images: Tensor, dropout: bool) -> Tensor:
        return super().logits(self.norm(images), dropout)


@HOOKS.register_module()
class KeepWeights(Hook):
    """Keeps the network as it was before training and after each iteration."""

    priority = 'LOWEST'
    kept: list[dict] = []

    def before_train(self, runner) -> None:
        type(self).kept = [self._copy(runner)]

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        self.kept.append(self._copy(runner))

    def _copy(self, runner) -> dict:
        model = getattr(runner.model, 'student', runner.model)
        return {name: value.clone() for name, value in model.state_dict().items()}


def averaging(work_dir: object, momentum: float = 0.1, leave: str = 'ema', **changes: object) -> dict:
    average = {'type': 'WeightAverageHook', 'momentum': momentum, 'leave': leave, 'select_by': 'toy/score'}
    config = toy_config(
        work_dir, model={'type': 'ToyNormNet'}, train_cfg=dict(TRAIN), custom_hooks=[average], **changes
    )
    return measured(config)


def measured(config: dict) -> dict:
    """With validations on the images of the test."""
    return {
        **config,
        **{f'val_{part}': copy.deepcopy(config[f'test_{part}']) for part in ('dataloader', 'cfg', 'evaluator')},
    }


def result(folder: Path) -> dict:
    return json.loads((folder / 'result.json').read_text())


def assert_same(a: dict, b: dict) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def test_average_from_the_start_with_buffers(tmp_path: Path) -> None:
    """Each step: 0.9 of what it was and 0.1 of the network; begun with the network before its first step."""
    config = averaging(tmp_path)
    config['custom_hooks'].append({'type': 'KeepWeights'})
    train(config)
    wanted = {name: value.double() for name, value in KeepWeights.kept[0].items()}
    assert len(KeepWeights.kept) == 16
    for state in KeepWeights.kept[1:]:
        wanted = {name: 0.9 * old + 0.1 * state[name] for name, old in wanted.items()}
    left, live = load_file(tmp_path / 'network.pth'), KeepWeights.kept[-1]
    for name in ('conv.weight', 'head.bias', 'norm.running_mean', 'norm.running_var', 'norm.weight'):
        torch.testing.assert_close(left[name].double(), wanted[name], rtol=1e-5, atol=1e-7)
        assert not torch.equal(left[name], live[name])
    assert torch.equal(left['still.weight'], live['still.weight'])


@pytest.mark.parametrize('leave', ['ema', 'live'])
def test_both_are_measured_and_one_is_left(tmp_path: Path, leave: str) -> None:
    config = averaging(tmp_path, leave=leave)
    config['custom_hooks'].append({'type': 'KeepWeights'})
    train(config)
    said = result(tmp_path)
    weights = said['weights']
    assert weights['left'] == leave
    assert weights['momentum'] == 0.1
    last, validations = weights['last'], json.loads((tmp_path / 'validations.json').read_text())['validations']
    assert [one['epoch'] for one in validations] == [1, 2, 3]
    assert last == {key: validations[-1][key] for key in ('epoch', 'ema', 'live')}
    assert last['ema']['toy/score'] != last['live']['toy/score']
    # The test measures what is left, under the plain name.
    assert said['metrics']['toy/score'] == last[leave]['toy/score']
    scores = [(one[kind]['toy/score'], one['epoch'], kind) for one in validations for kind in ('live', 'ema')]
    best = max(scores, key=lambda one: one[0])
    assert (weights['best']['metrics']['toy/score'], weights['best']['epoch'], weights['best']['weights']) == best
    if leave == 'live':
        assert_same(load_file(tmp_path / 'network.pth'), KeepWeights.kept[-1])
    # Both numbers are in the log, under their names.
    rows = [
        json.loads(line) for file in tmp_path.glob('*/vis_data/scalars.json') for line in file.read_text().splitlines()
    ]
    logged = [row for row in rows if 'ema/toy/score' in row]
    assert [row['ema/toy/score'] for row in logged] == pytest.approx([one['ema']['toy/score'] for one in validations])
    assert all('live/toy/score' in row for row in logged)
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['stages']['train']['weights'] == weights
    assert (tmp_path / 'student.pth').read_bytes() == (tmp_path / 'network.pth').read_bytes()


def test_what_was_measured_is_what_the_weights_score(tmp_path: Path) -> None:
    """The numbers of the average, measured in passing, are those that a test of its weights gives."""
    config = averaging(tmp_path / 'run', leave='ema')
    train(config)
    again = toy_config(
        tmp_path / 'again', model={'type': 'ToyNormNet'}, load_from=str(tmp_path / 'run' / 'network.pth')
    )
    again['optim_wrapper'], again['train_cfg'] = {'optimizer': {'type': 'SGD', 'lr': 0.0}}, dict(TRAIN, max_epochs=1)
    runner = build_runner(Config(again))
    assert runner.test()['toy/score'] == result(tmp_path / 'run')['weights']['last']['ema']['toy/score']


def test_the_best_of_both(tmp_path: Path) -> None:
    train(averaging(tmp_path / 'best', leave='best'))
    said = result(tmp_path / 'best')
    best = said['weights']['best']
    assert said['metrics']['toy/score'] == best['metrics']['toy/score']
    assert said['weights']['left'] == 'best'
    state = load_file(tmp_path / 'best' / 'best.pth')
    assert_same(load_file(tmp_path / 'best' / 'network.pth'), state)
    unknown = averaging(tmp_path / 'unknown', leave='best')
    unknown['custom_hooks'][0]['select_by'] = 'toy/scroe'
    with pytest.raises(ConfigError, match=r'select_by(.|\n)*toy/scroe(.|\n)*toy/score'):
        train(unknown)


def test_of_a_distiller_the_student_alone(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path)
    config['custom_hooks'] = [{'type': 'WeightAverageHook', 'momentum': 0.1, 'select_by': 'toy/accuracy'}]
    config['feature'] = measured(
        {**config['feature'], **{key: config[key] for key in config if key.startswith('test_')}}
    )
    config['feature']['train_cfg'] = {'val_interval': 1}
    config['feature']['custom_hooks'] = [*config['custom_hooks'], {'type': 'KeepWeights'}]
    train(config)
    wanted = dict(KeepWeights.kept[0])
    for state in KeepWeights.kept[1:]:
        wanted = {name: 0.9 * wanted[name] + 0.1 * state[name] for name in state}
    left = load_file(tmp_path / 'feature' / 'network.pth')
    for name, value in wanted.items():
        torch.testing.assert_close(left[name], value, rtol=1e-4, atol=1e-6)
    average = load_file(tmp_path / 'feature' / 'epoch_2.pth')['ema_state_dict']
    assert {name for name in average if name != 'steps'} == {f'module.{name}' for name in left}
    weights = result(tmp_path / 'feature')['weights']
    assert weights['last']['ema'] != weights['last']['live']
    assert result(tmp_path / 'feature')['metrics']['toy/score'] == weights['last']['ema']['toy/score']
    assert result(tmp_path / 'teacher')['weights']['last'] is None


@pytest.mark.parametrize('leave', ['ema', 'best'])
def test_resumed_with_the_same_bits(tmp_path: Path, leave: str) -> None:
    """Killed inside an epoch, while a checkpoint is written, and between a checkpoint and its validation."""
    whole, config = (
        {**averaging(tmp_path / name, leave=leave), 'model': {'type': 'ToyNet'}} for name in ('whole', 'killed')
    )
    train(whole)
    kills = [{'iteration': 3}, {'save': 1}, {'iteration': 7}, {'test': True}]
    config['custom_hooks'] += [
        {'type': 'KillHook', 'stage': 'killed', 'marker': str(tmp_path / f'{index}'), **where}
        for index, where in enumerate(kills)
    ]
    codes = [run(train, config)]
    while codes[-1] != 0 and len(codes) < 9:
        codes.append(run(train, dict(config, resume=True)))
    assert codes == [-9] * len(kills) + [0]
    assert_same(load_file(tmp_path / 'killed' / 'network.pth'), load_file(tmp_path / 'whole' / 'network.pth'))
    assert result(tmp_path / 'killed')['weights'] == result(tmp_path / 'whole')['weights']


def test_a_validation_that_was_cut_short_is_made_up(tmp_path: Path) -> None:
    """MMEngine validates after it has saved: what stops in between would lose a validation."""
    train(averaging(tmp_path / 'whole', leave='best'))
    folder = tmp_path / 'resumed'
    folder.mkdir()
    (folder / 'epoch_2.pth').write_bytes((tmp_path / 'whole' / 'epoch_2.pth').read_bytes())
    record = json.loads((tmp_path / 'whole' / 'validations.json').read_text())
    (folder / 'validations.json').write_text(json.dumps({**record, 'validations': record['validations'][:1]}))
    train(averaging(folder, leave='best', resume=True))
    assert json.loads((folder / 'validations.json').read_text()) == record
    assert_same(load_file(folder / 'network.pth'), load_file(tmp_path / 'whole' / 'network.pth'))


def test_accumulated_gradients_are_one_step(tmp_path: Path) -> None:
    """The average follows the optimiser, not the batches."""
    config = averaging(tmp_path)
    config['optim_wrapper']['accumulative_counts'] = 5
    config['custom_hooks'].append({'type': 'KeepWeights'})
    train(config)
    wanted = KeepWeights.kept[0]['conv.weight']
    for state in KeepWeights.kept[5::5]:
        wanted = 0.9 * wanted + 0.1 * state['conv.weight']
    torch.testing.assert_close(load_file(tmp_path / 'network.pth')['conv.weight'], wanted)


def test_what_cannot_be(tmp_path: Path) -> None:
    for arguments, key in (
        ({'momentum': 0}, 'momentum'),
        ({'momentum': 1.0}, 'momentum'),
        ({'leave': 'both'}, 'leave'),
    ):
        with pytest.raises(ConfigError, match=key):
            WeightAverageHook(**arguments)
    config = averaging(tmp_path / 'a', leave='best')
    for part in ('dataloader', 'cfg', 'evaluator'):
        config.pop(f'val_{part}')
    with pytest.raises(ConfigError, match='no best epoch'):
        train(config)
    with pytest.raises(ConfigError, match='SingleDeviceStrategy'):
        train(averaging(tmp_path / 'b', strategy={'type': 'SingleDeviceStrategy'}))


def test_weights_that_are_not_those_that_were_measured(tmp_path: Path) -> None:
    train(averaging(tmp_path, leave='best'))
    for name in ('result.json', 'network.pth', 'student.pth'):
        (tmp_path / name).unlink()
    torch.save(ToyNormNet().state_dict(), tmp_path / 'best.pth')
    with pytest.raises(CheckpointError, match='not those that were measured'):
        train(averaging(tmp_path, leave='best', resume=True))


def test_a_checkpoint_without_average(tmp_path: Path) -> None:
    train(averaging(tmp_path))
    content = load_file(tmp_path / 'epoch_3.pth')
    del content['ema_state_dict']
    for path in (*tmp_path.glob('epoch_*'), tmp_path / 'result.json', tmp_path / 'network.pth'):
        path.unlink()
    torch.save(content, tmp_path / 'epoch_3.pth')
    with pytest.raises(CheckpointError, match='no averaged weights'):
        train(averaging(tmp_path, resume=True))
