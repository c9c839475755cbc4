from __future__ import annotations

import random
import time
from types import SimpleNamespace

import pytest
import torch
from engine_toy import ToyImages
from mmdet.structures import DetDataSample
from mmengine.logging import MessageHub
from torch.utils.data import ConcatDataset

from mlkd.engine.hooks import AtomicCheckpointHook, EpochHook, FiniteLossHook, SeedHook, SpeedHook
from mlkd.engine.hooks.speed_hook import training_speed
from mlkd.errors import TrainingError
from mlkd.registry import HOOKS


def test_seed_hook_depends_on_seed_stage_rank_and_iteration_only() -> None:
    def draw(seed: int = 0, stage: str = 'a', rank: int = 0, iteration: int = 4) -> tuple:
        torch.rand(random.randint(1, 9))
        SeedHook(stage).before_train_iter(SimpleNamespace(seed=seed, rank=rank, iter=iteration), 0)
        return torch.rand(1).item(), random.random()

    assert draw() == draw()
    assert len({draw(), draw(seed=1), draw(stage='b'), draw(rank=1), draw(iteration=5)}) == 5


def test_epoch_hook_reaches_data_sets_in_wrappers() -> None:
    inner = [ToyImages(2), ToyImages(3)]
    dataset = SimpleNamespace(dataset=ConcatDataset(inner))  # As MMEngine's RepeatDataset has it.
    runner = SimpleNamespace(epoch=7, train_dataloader=SimpleNamespace(dataset=dataset))
    EpochHook().before_train_epoch(runner)
    assert [int(one._epoch) for one in inner] == [7, 7]


@pytest.mark.parametrize('bad', [float('nan'), torch.tensor(float('inf'))])
def test_finite_loss_hook_names_loss_and_images(bad: object) -> None:
    hook, batch = FiniteLossHook(), {'data_samples': [DetDataSample(metainfo={'img_path': 'a.jpg'})]}
    hook.after_train_iter(SimpleNamespace(), 0, batch, {'loss': torch.tensor(1.0), 'accuracy': float('nan')})
    with pytest.raises(TrainingError, match=r'loss is not finite: wsd\.loss(.|\n)*a\.jpg'):
        hook.after_train_iter(SimpleNamespace(), 0, batch, {'loss': 1.0, 'wsd.loss': bad})
    with pytest.raises(TrainingError, match='not finite'):
        hook.after_train_iter(SimpleNamespace(), 0, [1, 2], {'loss': bad})


def test_speed_hook_leaves_out_the_first_iteration_and_goes_on_when_resumed() -> None:
    hub = MessageHub.get_instance('speed')
    runner = SimpleNamespace(message_hub=hub, world_size=2)
    for _ in range(2):  # Two processes, one after the other.
        hook = SpeedHook()
        hook.before_train(runner)
        hook.before_train_epoch(runner)
        for seconds in (0.05, 0.01, 0.01):
            time.sleep(seconds)
            hook.after_train_iter(runner, 0, {'inputs': [1, 2, 3]})
    speed = training_speed(runner)
    assert hub.get_info('train_images') == 2 * 2 * 2 * 3
    assert 0.14 <= speed['train_seconds'] < 0.5
    assert speed['images_per_second'] <= 24 / 0.04


def test_checkpoint_hook_takes_the_place_of_mmengines() -> None:
    with HOOKS.switch_scope_and_registry('mlkd') as registry:
        hook = registry.build({'type': 'CheckpointHook', 'interval': 3})
    assert isinstance(hook, AtomicCheckpointHook)
    assert (hook.interval, hook.max_keep_ckpts, hook.backend_args) == (3, 2, {'backend': 'mlkd_atomic'})
