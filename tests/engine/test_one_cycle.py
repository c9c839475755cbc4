from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from engine_toy import toy_config, train
from mmengine.optim import OptimWrapper
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from mlkd.engine.checkpoints import load_file
from mlkd.errors import ConfigError
from mlkd.registry import PARAM_SCHEDULERS

EPOCHS, LENGTH, PEAK = 80, 3, 1e-4
CYCLE = [
    {'type': kind, 'pct_start': 0.1, 'convert_to_iter_based': True, 'end': EPOCHS, **more}
    for kind, more in (('OneCycleLR', {'eta_max': PEAK}), ('OneCycleMomentum', {}))
]


def adam() -> torch.optim.Adam:
    layer = nn.Linear(2, 2)
    groups = [{'params': [layer.weight], 'weight_decay': 1e-4}, {'params': [layer.bias], 'weight_decay': 0}]
    return torch.optim.Adam(groups, lr=PEAK, betas=(0.9, 0.98))


def built(optimizer: torch.optim.Optimizer, cycle: list[dict] = CYCLE) -> list:
    default = {'optimizer': OptimWrapper(optimizer), 'epoch_length': LENGTH}
    return [PARAM_SCHEDULERS.build(copy.deepcopy(one), default_args=default) for one in cycle]


def values(optimizer: torch.optim.Optimizer) -> list[tuple]:
    return [(group['lr'], *group.get('betas', (group.get('momentum'),))) for group in optimizer.param_groups]


@pytest.mark.parametrize('pct_start', [0.1, 0.25, 0.3])
@pytest.mark.parametrize('kind', ['Adam', 'SGD'])
def test_every_point_of_pytorchs_cycle(pct_start: float, kind: str) -> None:
    """Rate and betas at all 240 iterations of 80 epochs."""
    make = adam if kind == 'Adam' else lambda: torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=PEAK, momentum=0.5)
    ours, theirs = make(), make()
    schedulers = built(ours, [{**one, 'pct_start': pct_start} for one in CYCLE])
    reference = OneCycleLR(theirs, max_lr=PEAK, steps_per_epoch=LENGTH, epochs=EPOCHS, pct_start=pct_start)
    seen = set()
    for step in range(EPOCHS * LENGTH):
        for mine, wanted in zip(values(ours), values(theirs), strict=True):
            assert mine == pytest.approx(wanted, rel=1e-12), step
        seen.add(values(ours)[0][1])
        ours.step(), theirs.step()
        for scheduler in schedulers:
            scheduler.step()
        if step + 1 < EPOCHS * LENGTH:
            reference.step()
    assert (max(seen), round(min(seen), 3)) == (0.95, 0.85)
    assert len(seen) > 100


def test_resumed_anywhere_it_goes_on_as_before() -> None:
    whole = adam()
    schedulers, seen = built(whole), []
    kept: tuple = ()
    for step in range(60):
        if step == 30:
            kept = copy.deepcopy((whole.state_dict(), [scheduler.state_dict() for scheduler in schedulers]))
        seen.append(values(whole))
        whole.step()
        for scheduler in schedulers:
            scheduler.step()
    resumed = adam()
    schedulers = built(resumed)
    resumed.load_state_dict(kept[0])
    for scheduler, state in zip(schedulers, kept[1], strict=True):
        scheduler.load_state_dict(state)
    for step in range(30, 60):
        assert values(resumed) == seen[step]
        resumed.step()
        for scheduler in schedulers:
            scheduler.step()


def test_a_training_is_resumed_with_the_same_bits(tmp_path: Path) -> None:
    """A checkpoint holds the schedule: MMEngine's own keeps a function, which no checkpoint of mlkd may."""
    cycle: list[dict] = [{'type': 'OneCycleLR', 'eta_max': 0.05}, {'type': 'OneCycleMomentum'}]
    cycle = [{**one, 'pct_start': 0.4, 'convert_to_iter_based': True} for one in cycle]
    config = toy_config(
        tmp_path / 'whole', param_scheduler=cycle, optim_wrapper={'optimizer': {'type': 'Adam', 'lr': 0.05}}
    )
    config['default_hooks']['checkpoint'] = {'type': 'CheckpointHook', 'by_epoch': False, 'interval': 1}
    config['default_hooks']['checkpoint']['max_keep_ckpts'] = 99
    train(config)
    groups = [load_file(tmp_path / 'whole' / f'iter_{i}.pth')['optimizer']['param_groups'][0] for i in range(1, 11)]
    reference = OneCycleLR(torch.optim.Adam(nn.Linear(1, 1).parameters()), max_lr=0.05, total_steps=10, pct_start=0.4)
    wanted = []
    for _ in range(9):
        reference.optimizer.step(), reference.step()
        wanted.append(values(reference.optimizer)[0])
    # A checkpoint is written after the schedulers have stepped.
    assert [(g['lr'], *g['betas']) for g in groups[:9]] == [pytest.approx(point, rel=1e-9) for point in wanted]
    for at in (3, 7):
        folder = tmp_path / f'from_{at}'
        folder.mkdir()
        (folder / f'iter_{at}.pth').write_bytes((tmp_path / 'whole' / f'iter_{at}.pth').read_bytes())
        train(dict(config, work_dir=str(folder), resume=True))
        states = [load_file(path / 'network.pth') for path in (folder, tmp_path / 'whole')]
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])


@pytest.mark.parametrize('steps', [1, 2, 3, 10, 11])
def test_short_trainings(steps: int) -> None:
    """A dry run: at ten steps the turn is at the first one, where PyTorch divides by zero."""
    optimizer = adam()
    cycle = [{key: x for key, x in one.items() if key != 'convert_to_iter_based'} for one in CYCLE]
    schedulers, seen = built(optimizer, [{**one, 'end': steps, 'by_epoch': False} for one in cycle]), []
    for _ in range(steps):
        seen.append(values(optimizer)[0][:2])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    assert all(0 < rate <= PEAK and 0.85 <= beta <= 0.95 for rate, beta in seen)
    assert seen[-1] == pytest.approx((PEAK / 25 / 1e4, 0.95))
    if steps == 10:
        assert seen[0] == pytest.approx((PEAK, 0.85))


@pytest.mark.parametrize(
    ('change', 'key'),
    [
        ({'pct_start': 0.0}, 'pct_start'),
        ({'momentum_min': 0.99}, 'momentum_min'),
        ({'momentum_max': 1.2}, 'momentum_max'),
    ],
)
def test_numbers_that_make_no_sense(change: dict, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        built(adam(), [{**CYCLE[1], **change}])
