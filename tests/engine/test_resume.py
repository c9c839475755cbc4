"""A run that was stopped anywhere ends with the same weights as one that was not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from engine_toy import run, run_ranks, toy_config, toy_recipe, train
from mmengine.config import Config

from mlkd.engine import RecipeRunner
from mlkd.engine.auto_proposals import AutoProposals
from mlkd.engine.checkpoints import load_file
from mlkd.errors import CheckpointError, ConfigError


def weights(work_dir: Path) -> dict[str, torch.Tensor]:
    return load_file(work_dir / 'student.pth')


def assert_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def with_workers(config: dict) -> dict:
    config['train_dataloader'].update(num_workers=2, persistent_workers=True)
    config['default_hooks']['checkpoint'] = {'type': 'CheckpointHook', 'by_epoch': False, 'interval': 2}
    return config


def test_killed_anywhere_and_resumed_gives_the_same_bits(tmp_path: Path) -> None:
    reference = with_workers(toy_recipe(tmp_path / 'whole'))
    assert run(train, reference) == 0

    kills = {
        'before the first checkpoint': {'stage': 'teacher', 'iteration': 1},
        'mid-epoch': {'stage': 'teacher', 'iteration': 3},
        'in the second epoch': {'stage': 'teacher', 'iteration': 8},
        'during a save': {'stage': 'feature', 'save': 2},
        'after training, before testing': {'stage': 'feature', 'test': True},
        'between stages': {'stage': 'student', 'iteration': 0},
    }
    hooks = [
        {'type': 'KillHook', 'marker': str(tmp_path / f'{index}'), **where}
        for index, where in enumerate(kills.values())
    ]
    config = with_workers(toy_recipe(tmp_path / 'killed', custom_hooks=hooks))
    codes = [run(train, config)]
    while codes[-1] != 0 and len(codes) < 10:
        codes.append(run(train, dict(config, resume=True)))
    assert codes == [-9] * len(kills) + [0]
    assert all((tmp_path / str(index)).exists() for index in range(len(kills)))
    assert not list((tmp_path / 'killed').rglob('last_checkpoint.*'))

    assert_same(weights(tmp_path / 'killed'), weights(tmp_path / 'whole'))
    summaries = [json.loads((tmp_path / name / 'summary.json').read_text()) for name in ('killed', 'whole')]
    for stage in ('teacher', 'feature', 'student'):
        assert summaries[0]['stages'][stage]['metrics'] == summaries[1]['stages'][stage]['metrics']


@pytest.mark.parametrize(
    ('optimizer', 'accumulate'),
    [({'type': 'AdamW', 'lr': 0.01}, 3), ({'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}, 1)],
)
def test_resumed_from_every_checkpoint_gives_the_same_bits(tmp_path: Path, optimizer: dict, accumulate: int) -> None:
    """Optimiser and schedule by iteration are part of a checkpoint; it waits until gradients have been used."""
    config = toy_config(
        tmp_path / 'whole',
        optim_wrapper={'optimizer': optimizer, 'accumulative_counts': accumulate},
        param_scheduler=[{'type': 'LinearLR', 'start_factor': 0.1, 'by_epoch': False, 'end': 7}],
    )
    config['default_hooks']['checkpoint'] = {
        'type': 'CheckpointHook', 'by_epoch': False, 'interval': 1, 'max_keep_ckpts': 99,
    }  # fmt: skip
    train(config)
    left = sorted((tmp_path / 'whole').glob('iter_*.pth'), key=lambda path: path.stat().st_mtime_ns)
    assert [path.stem for path in left] == [f'iter_{i}' for i in ((3, 6, 9, 10) if accumulate == 3 else range(1, 11))]
    for checkpoint in left[-4:]:
        folder = tmp_path / f'from_{checkpoint.stem}'
        folder.mkdir()
        (folder / checkpoint.name).write_bytes(checkpoint.read_bytes())
        train(dict(config, work_dir=str(folder), resume=True))
        assert_same(weights(folder), weights(tmp_path / 'whole'))


def accumulating(work_dir: Path, **changes: object) -> dict:
    """Epochs of 5 batches, a step of the optimiser every 3."""
    wrapper = {'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}, 'accumulative_counts': 3}
    return toy_config(work_dir, optim_wrapper=wrapper, **changes)


def test_killed_while_gradients_are_accumulated(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    train(accumulating(tmp_path / 'whole'))
    kills = [{'save': 1}, {'iteration': 7}, {'test': True}]
    hooks = [
        {'type': 'KillHook', 'stage': 'killed', 'marker': str(tmp_path / f'{index}'), **where}
        for index, where in enumerate(kills)
    ]
    config = accumulating(tmp_path / 'killed', custom_hooks=hooks)
    codes = [run(train, config)]
    while codes[-1] != 0 and len(codes) < 10:
        codes.append(run(train, dict(config, resume=True)))
    assert codes == [-9] * len(kills) + [0]
    assert_same(weights(tmp_path / 'killed'), weights(tmp_path / 'whole'))
    assert load_file(tmp_path / 'killed' / 'epoch_1.pth')['meta']['iter'] == 6
    assert 'which means the gradient' not in ''.join(capfd.readouterr())


@pytest.mark.parametrize('sharded', [False, True])
def test_processes_that_accumulate_gradients_go_on_with_the_same_bits(tmp_path: Path, sharded: bool) -> None:
    """Until the optimiser steps, each process has gradients of its own."""
    config = accumulating(tmp_path / 'whole', **({'strategy': {'type': 'FSDPStrategy'}} if sharded else {}))
    config['train_dataloader']['batch_size'] = 2
    assert run_ranks(config, 2) == [0, 0]
    (tmp_path / 'resumed').mkdir()
    shutil.copy(tmp_path / 'whole' / 'epoch_1.pth', tmp_path / 'resumed')
    assert run_ranks(dict(config, work_dir=str(tmp_path / 'resumed'), resume=True), 2) == [0, 0]
    assert_same(weights(tmp_path / 'resumed'), weights(tmp_path / 'whole'))


def test_a_checkpoint_from_before_the_step_is_not_resumed(tmp_path: Path) -> None:
    train(accumulating(tmp_path / 'whole'))
    content = load_file(tmp_path / 'whole' / 'epoch_1.pth')
    content['meta']['iter'] = 5
    (tmp_path / 'resumed').mkdir()
    torch.save(content, tmp_path / 'resumed' / 'epoch_1.pth')
    with pytest.raises(CheckpointError, match=r'gradients of then are lost(.|\n)*iteration 5'):
        train(accumulating(tmp_path / 'resumed', resume=True))


def test_state_of_the_optimiser_is_what_makes_it_the_same(tmp_path: Path) -> None:
    """The test above can fail: without the state of the momentum the weights differ."""
    config = toy_config(tmp_path / 'whole')
    train(config)
    folder = tmp_path / 'spoilt'
    folder.mkdir()
    checkpoint = load_file(tmp_path / 'whole' / 'epoch_1.pth')
    checkpoint['optimizer']['state'] = {}
    torch.save(checkpoint, folder / 'epoch_1.pth')
    train(dict(config, work_dir=str(folder), resume=True))
    assert not torch.equal(weights(folder)['conv.weight'], weights(tmp_path / 'whole')['conv.weight'])


def test_truncated_newest_checkpoint_falls_back(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    config = toy_config(tmp_path / 'run')
    train(config)
    whole = weights(tmp_path / 'run')
    newest = tmp_path / 'run' / 'epoch_2.pth'
    newest.write_bytes(newest.read_bytes()[:-200])
    for name in ('result.json', 'student.pth', 'network.pth'):
        (tmp_path / 'run' / name).unlink()
    train(dict(config, resume=True))
    assert 'epoch_2.pth' in ''.join(capfd.readouterr())
    assert_same(weights(tmp_path / 'run'), whole)


def test_done_stages_are_not_trained_again(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path)
    train(config)
    before = (tmp_path / 'teacher' / 'network.pth').stat().st_mtime_ns
    train(dict(config, resume=True))
    assert (tmp_path / 'teacher' / 'network.pth').stat().st_mtime_ns == before


@pytest.mark.parametrize('damage', [lambda path: path.write_bytes(path.read_bytes()[:-100]), Path.unlink])
def test_damaged_network_is_made_again_from_the_newest_checkpoint(
    tmp_path: Path, capfd: pytest.CaptureFixture, damage: Callable[[Path], object]
) -> None:
    config = toy_recipe(tmp_path)
    train(config)
    network = tmp_path / 'student' / 'network.pth'
    before = network.read_bytes()
    damage(network)
    capfd.readouterr()
    train(dict(config, resume=True))
    assert 'network.pth is not what result.json tells of' in ''.join(capfd.readouterr())
    assert network.read_bytes() == before == (tmp_path / 'student.pth').read_bytes()


def test_another_config_is_not_resumed(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path))
    changed = toy_recipe(tmp_path, resume=True)
    changed['feature']['optim_wrapper'] = {'optimizer': {'lr': 0.2}}
    with pytest.raises(ConfigError, match=r'optim_wrapper\.optimizer\.lr: then 0.1, now 0.2'):
        train(changed)
    with pytest.raises(ConfigError, match=r'another seed(.|\n)*then 3, now 4'):
        train(toy_recipe(tmp_path, resume=True, randomness={'seed': 4}))


def test_what_was_begun_is_checked_before_anything_is_trained_or_written(tmp_path: Path) -> None:
    """A later stage of another config is not found only when the stages before it have been trained."""
    train(toy_recipe(tmp_path))
    (tmp_path / 'teacher' / 'result.json').unlink()
    copy, checkpoint = tmp_path / 'config.py', tmp_path / 'teacher' / 'epoch_2.pth'
    before = [path.stat().st_mtime_ns for path in (copy, checkpoint)]
    changed = toy_recipe(tmp_path, resume=True)
    changed['student']['train_cfg'] = {'max_epochs': 3}
    with pytest.raises(ConfigError, match='max_epochs: then 2, now 3'):
        train(changed)
    assert [path.stat().st_mtime_ns for path in (copy, checkpoint)] == before
    assert not (tmp_path / 'teacher' / 'result.json').exists()


@pytest.mark.parametrize(
    ('then', 'now', 'message'),
    [
        (2, 3, r'folds\.n: then 2, now 3'),
        (2, {'n': 2, 'full': True}, r'folds\.full: then False, now True'),
        ({'n': 2, 'full': True}, 2, r'folds\.full: then True, now False'),
        (None, 2, r'folds\.n: then -, now 2'),
        (2, None, r'folds\.n: then 2, now -'),
    ],
)
def test_other_folds_are_not_resumed(tmp_path: Path, then: object, now: object, message: str) -> None:
    one = {'train_cfg': {'by_epoch': True, 'max_epochs': 1}, 'stages': ['teacher', 'feature']}
    train(toy_recipe(tmp_path, folds=then, **one), stage='teacher')
    results = {path: path.read_bytes() for path in tmp_path.rglob('*.json')}
    changed = toy_recipe(tmp_path, folds=now, **one)
    with pytest.raises(ConfigError, match=f'another config(.|\n)*{message}'):
        train({**changed, 'resume': True})
    with pytest.raises(ConfigError, match=f'another config(.|\n)*{message}'):
        train(changed, stage='feature')
    assert {path: path.read_bytes() for path in tmp_path.rglob('*.json')} == results


def test_other_precision_is_not_resumed(tmp_path: Path) -> None:
    train(toy_config(tmp_path, amp='bfloat16'))
    with pytest.raises(ConfigError, match='amp: then bfloat16, now -'):
        train(toy_config(tmp_path, resume=True))


def test_proposals_of_another_generator_are_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AutoProposals, 'fill', lambda proposals, stage: None)  # The toy has no images to look at.
    config = toy_config(tmp_path, proposals={'generator': {'type': 'SelectiveSearch', 'mode': 'fast'}})
    config['train_dataloader']['dataset']['proposal_file'] = 'auto'
    train(config)
    config['proposals'] = {'generator': {'type': 'SelectiveSearch', 'mode': 'quality'}}
    with pytest.raises(ConfigError, match=r'proposals\.mode: then fast, now quality'):
        train({**config, 'resume': True})


def test_what_an_earlier_stage_changed_under_is_not_resumed(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path)
    train(config)
    changed = toy_recipe(tmp_path)
    changed['teacher']['train_cfg'] = {'max_epochs': 1}
    train(changed, stage='teacher', overwrite=True)
    with pytest.raises(ConfigError, match='earlier stage was trained again'):
        train(dict(changed, resume=True))


def test_another_batch_size_is_not_resumed(tmp_path: Path) -> None:
    train(toy_config(tmp_path / 'a'))
    (tmp_path / 'b').mkdir()
    (tmp_path / 'b' / 'epoch_1.pth').write_bytes((tmp_path / 'a' / 'epoch_1.pth').read_bytes())
    config = toy_config(tmp_path / 'b', resume=True)
    config['train_dataloader']['batch_size'] = 2
    with pytest.raises(CheckpointError, match='other batches'):
        train(config)


def test_checkpoints_load_without_executing_code_and_two_are_kept(tmp_path: Path) -> None:
    train(toy_config(tmp_path, train_cfg={'by_epoch': True, 'max_epochs': 4}))
    assert sorted(path.name for path in tmp_path.glob('epoch_*')) == ['epoch_3.pth', 'epoch_4.pth']
    content = torch.load(tmp_path / 'epoch_4.pth', weights_only=True)
    assert content['meta']['iter'] == 20
    assert len(content['message_hub']['log_scalars']['train/loss'][0]) == 20


def test_work_dir_with_results_is_refused_or_moved_aside(tmp_path: Path) -> None:
    config = toy_config(tmp_path / 'run')
    train(config)
    with pytest.raises(ConfigError, match='--overwrite'):
        train(config)
    train(config, overwrite=True)
    assert (tmp_path / 'run.old1' / 'student.pth').exists()
    with pytest.raises(ConfigError, match='contradict'):
        train(dict(config, resume=True), overwrite=True)


def test_a_run_without_seed_keeps_the_one_it_drew(tmp_path: Path) -> None:
    config = toy_config(tmp_path, randomness={'seed': None})
    seed = train(config)['seed']
    assert RecipeRunner(Config(dict(config, resume=True))).train()['seed'] == seed
