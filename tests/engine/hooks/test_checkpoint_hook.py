from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import nn

from mlkd.engine.hooks import AtomicCheckpointHook
from mlkd.engine.hooks.checkpoint_hook import accumulating
from mlkd.errors import CheckpointError, ConfigError, TrainingError
from mlkd.registry import HOOKS


def test_it_takes_the_place_of_mmengines() -> None:
    with HOOKS.switch_scope_and_registry('mlkd') as registry:
        hook = registry.build({'type': 'CheckpointHook', 'interval': 3})
    assert isinstance(hook, AtomicCheckpointHook)
    assert (hook.interval, hook.max_keep_ckpts, hook.backend_args) == (3, 2, {'backend': 'mlkd_atomic'})


def files_in(folder: Path, names: list[str]) -> AtomicCheckpointHook:
    for name in names:
        (folder / name).touch()
    hook = AtomicCheckpointHook()
    hook.out_dir, hook.filename_tmpl = str(folder), 'epoch_{}.pth'
    return hook


def test_the_newest_are_kept_by_number_not_by_name(tmp_path: Path) -> None:
    hook = files_in(tmp_path, [f'epoch_{step}.pth' for step in (2, 8, 9, 10, 11)] + ['epoch_best.pth', 'iter_1.pth'])
    hook._prune(10)
    # That of epoch 11 is of another run, and not of those that this one counts.
    kept = ['epoch_10.pth', 'epoch_11.pth', 'epoch_9.pth', 'epoch_best.pth', 'iter_1.pth']
    assert sorted(path.name for path in tmp_path.iterdir()) == kept


@pytest.mark.parametrize('keep', [-1, 0])
def test_all_may_be_kept(tmp_path: Path, keep: int) -> None:
    hook = files_in(tmp_path, ['epoch_1.pth', 'epoch_2.pth', 'epoch_3.pth'])
    hook.max_keep_ckpts = keep
    hook._prune(3)
    assert len(list(tmp_path.iterdir())) == 3


def optimiser(counts: int) -> OptimWrapper:
    layer = nn.Linear(1, 1)
    wrapper = OptimWrapper(torch.optim.SGD(layer.parameters(), 0.1), accumulative_counts=counts)
    wrapper.initialize_count_status(layer, 0, 100)
    return wrapper


def test_gradients_wait_until_the_optimiser_steps() -> None:
    one, three = optimiser(1), optimiser(3)
    both = SimpleNamespace(optim_wrapper=OptimWrapperDict(a=one, b=three))
    waiting = []
    for _ in range(6):
        for wrapper in (one, three):
            wrapper.update_params(next(iter(wrapper.param_groups[0]['params'])).sum())
        waiting.append((accumulating(SimpleNamespace(optim_wrapper=one)), accumulating(both)))
    assert waiting == [(False, True), (False, True), (False, False)] * 2


def runner(**changes: object) -> SimpleNamespace:
    facts = {'world_size': 1, 'work_dir': 'here', 'iter': 4, 'max_iters': 8, 'model': None, '_resume': True}
    wrapper = SimpleNamespace(_accumulative_counts=1)
    return SimpleNamespace(train_dataloader=range(5), optim_wrapper=wrapper, message_hub=None, **{**facts, **changes})


@pytest.mark.parametrize('meta', [{'batches_per_epoch': 6, 'world_size': 1}, {'batches_per_epoch': 5, 'world_size': 2}])
def test_what_is_resumed_must_have_had_the_same_batches(meta: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('mmengine.hooks.CheckpointHook.before_train', lambda *_: None)
    hook = AtomicCheckpointHook()
    hook._resumed = meta
    with pytest.raises(CheckpointError, match='other batches') as error:
        hook.before_train(runner())
    assert error.value.expected == {'batches_per_epoch': 5, 'world_size': 1}
    # Weights alone may come from any run; and other tools write no such facts.
    hook.before_train(runner(_resume=False))
    hook._resumed = {}
    hook.before_train(runner())


def test_what_cannot_be_loaded_plainly_is_refused_with_its_place() -> None:
    checkpoint = {'meta': {'odd': {1, 2}}, 'message_hub': {'runtime_info': {}, 'log_scalars': {}, 'resumed_keys': {}}}
    with pytest.raises(TrainingError) as error:
        AtomicCheckpointHook().before_save_checkpoint(runner(), checkpoint)
    assert (error.value.where, error.value.found) == ('meta.odd', 'set')


def test_a_number_that_no_validation_measures_cannot_say_which_checkpoint_is_best() -> None:
    hook = AtomicCheckpointHook(save_best=['mAP', 'top99/OF1'], rule='greater')
    with pytest.raises(ConfigError, match='No validation measures') as caught:
        hook._save_best_checkpoint(SimpleNamespace(), {'mAP': 50.0, 'top9/OF1': 40.0})
    assert caught.value.where == 'default_hooks.checkpoint.save_best'
    assert 'top9/OF1' in caught.value.fix
