from __future__ import annotations

from pathlib import Path

import pytest
import torch
from engine_toy import ToyNet, run, toy_config, train

from mlkd.engine.checkpoints import load_file
from mlkd.errors import CheckpointError


def config(work_dir: object, **changes: object) -> dict:
    made = toy_config(work_dir, model={'type': 'ToySelfTaught', 'student': {'type': 'ToyNet'}}, **changes)
    made['default_hooks'] = {**made['default_hooks'], 'self_teacher': {'type': 'SelfTeacherHook'}}
    made['default_hooks']['checkpoint'] = {'type': 'CheckpointHook', 'by_epoch': False, 'interval': 2}
    return made


def averages(folder: Path) -> dict[str, torch.Tensor]:
    newest = max(folder.glob('iter_*.pth'), key=lambda path: int(path.stem.split('_')[1]))
    return load_file(newest)['self_teachers']['ema']


def test_resumed_with_the_same_bits(tmp_path: Path) -> None:
    """Killed inside an epoch, half-way through a checkpoint, and after training."""
    train(config(tmp_path / 'whole'))
    kills = [{'iteration': 3}, {'save': 1}, {'test': True}]
    hooks = [
        {'type': 'KillHook', 'stage': 'killed', 'marker': str(tmp_path / f'{i}'), **where}
        for i, where in enumerate(kills)
    ]
    killed = config(tmp_path / 'killed', custom_hooks=hooks)
    codes = [run(train, killed)]
    while codes[-1] != 0 and len(codes) < 9:
        codes.append(run(train, dict(killed, resume=True)))
    assert codes == [-9] * len(kills) + [0]
    for read in (lambda folder: load_file(folder / 'network.pth'), averages):
        whole, again = read(tmp_path / 'whole'), read(tmp_path / 'killed')
        assert whole.keys() == again.keys()
        assert all(torch.equal(value, again[name]) for name, value in whole.items())


def test_the_average_follows_each_step_and_stays_out_of_what_is_left(tmp_path: Path) -> None:
    train(config(tmp_path))
    left, average = load_file(tmp_path / 'network.pth'), averages(tmp_path)
    assert left.keys() == ToyNet().state_dict().keys()
    assert int(average['steps']) == 10
    assert not torch.equal(average['module.head.weight'], left['head.weight'])


def test_gradients_that_add_up_are_one_step(tmp_path: Path) -> None:
    changed = config(tmp_path)
    changed['optim_wrapper'] = {**changed['optim_wrapper'], 'accumulative_counts': 5}
    train(changed)
    assert int(averages(tmp_path)['steps']) == 2


def test_a_checkpoint_without_the_average_is_named(tmp_path: Path) -> None:
    killed = config(tmp_path / 'a')
    hook = {'type': 'KillHook', 'stage': 'a', 'marker': str(tmp_path / 'x'), 'iteration': 7}
    killed['custom_hooks'] = [hook]
    assert run(train, killed) == -9
    for path in (tmp_path / 'a').glob('iter_*.pth'):
        content = load_file(path)
        del content['self_teachers']
        torch.save(content, path)
    with pytest.raises(CheckpointError, match='ema'):
        train(dict(killed, resume=True))


def test_without_such_a_teacher_it_does_nothing(tmp_path: Path) -> None:
    train({**config(tmp_path), 'model': {'type': 'ToyNet'}})
    assert 'self_teachers' not in load_file(max(tmp_path.glob('iter_*.pth')))
