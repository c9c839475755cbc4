"""From the config of a stage to that of MMEngine's runner."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from mlkd.datasets import MultiLabelDataset
from mlkd.engine.autocast_optim_wrapper import use_amp
from mlkd.engine.config_keys import RUNNER_KEYS
from mlkd.engine.loops import ResumableEpochLoop
from mlkd.registry import DATASETS

#: Hooks without which a run would not resume exactly or not be measured.
_HOOKS = {'seed': 'SeedHook', 'epoch': 'EpochHook', 'finite_loss': 'FiniteLossHook', 'speed': 'SpeedHook'}
_counter = itertools.count()


def runner_config(
    stage: Mapping[str, Any],
    folder: Path,
    name: str,
    *,
    seed: int,
    launcher: str = 'none',
    resume_from: str | None = None,
    amp: str | None = None,
    filename: str | None = None,
) -> Config:
    """The config of one training.

    Args:
        stage: The stage's config, references resolved.
        folder: Where it works.
        name: Its name, which its random numbers depend on.
        seed: The run's seed.
        launcher: How processes are started.
        resume_from: Checkpoint to go on from.
        amp: Precision of mixed-precision training.
        filename: The config file, for the name of the copy in ``folder``.
    """
    config = {key: copy.deepcopy(value) for key, value in stage.items() if key in RUNNER_KEYS and key != 'runner_type'}
    config.update(work_dir=str(folder), launcher=launcher, resume=False)
    config['randomness'] = {**(config.get('randomness') or {}), 'seed': seed}
    # MMEngine keeps message hubs and loggers by name, and names a run after the second it starts in.
    config['experiment_name'] = f'{name.replace("/", "_")}_{next(_counter)}'
    config.setdefault('default_scope', 'mlkd')
    config['env_cfg'] = config.get('env_cfg') or {}
    if resume_from is not None:
        config.update(resume=True, load_from=resume_from)
    hooks = config['default_hooks'] = dict(config.get('default_hooks') or {})
    for key, kind in _HOOKS.items():
        hooks.setdefault(key, {'type': kind})
    hooks.setdefault('checkpoint', {'type': 'CheckpointHook'})
    if hooks['seed'] is not None:
        hooks['seed'] = {**hooks['seed'], 'stage': name}
    _use_resumable_loop(config)
    _set_loaders(config)
    if amp is not None and config.get('optim_wrapper') is not None:
        use_amp(config, amp)
    if launcher != 'none':
        _set_devices(config)
    # Not formatted: MMEngine writes the text of the config into every checkpoint, and formatting takes seconds.
    return Config(config, filename=filename, format_python_code=False)


def _use_resumable_loop(config: dict[str, Any]) -> None:
    loop = config.get('train_cfg')
    if loop and loop.get('type', 'EpochBasedTrainLoop') == 'EpochBasedTrainLoop' and loop.pop('by_epoch', True):
        loop['type'] = ResumableEpochLoop.__name__


def _set_loaders(config: dict[str, Any]) -> None:
    """Frames of mlkd's data sets come from other processes in memory that is used again; without other processes there
    is nothing to keep or to fetch early, and PyTorch refuses to be asked for it."""
    for split in ('train', 'val', 'test'):
        loader = config.get(f'{split}_dataloader') or {}
        kind = (loader.get('dataset') or {}).get('type')
        dataset = DATASETS.get(kind) if isinstance(kind, str) else kind
        if isinstance(dataset, type) and issubclass(dataset, MultiLabelDataset):
            loader.setdefault('collate_fn', {'type': 'mlkd.frame_collate'})
        if not loader.get('num_workers'):
            for option in ('persistent_workers', 'prefetch_factor'):
                loader.pop(option, None)


def _set_devices(config: dict[str, Any]) -> None:
    """Without a GPU, wrappers must not be given the number of one; FSDP is to save whole networks."""
    gpu = torch.cuda.is_available()
    strategy = config.get('strategy')
    if strategy is None:
        if not gpu:
            config.setdefault('model_wrapper_cfg', {'type': 'MMDistributedDataParallel', 'broadcast_buffers': False})
            config['model_wrapper_cfg'].setdefault('device_ids', None)
        return
    if strategy.get('type') == 'FSDPStrategy':
        strategy['type'] = 'mlkd.FSDPStrategy'  # MMEngine builds it before it knows the scope.
        strategy.setdefault('state_dict_cfg', 'full' if gpu else _whole_on_cpu())
        if not gpu:
            wrapper = strategy.setdefault('model_wrapper', {'type': 'MMFullyShardedDataParallel'})
            wrapper.setdefault('device_id', torch.device('cpu'))
    elif not gpu:
        wrapper = strategy.setdefault(
            'model_wrapper', {'type': 'MMDistributedDataParallel', 'broadcast_buffers': False}
        )
        wrapper.setdefault('device_ids', None)


def _whole_on_cpu() -> dict[str, Any]:
    """MMEngine's ``'full'`` without offloading: on the CPU, PyTorch 2.11 copies freed memory and crashes with it."""
    options = {'offload_to_cpu': False, 'rank0_only': False}
    return {
        'state_dict_type': 'FULL_STATE_DICT',
        'state_dict_config': {'type': 'FullStateDictConfig', **options},
        'optim_state_dict_config': {'type': 'FullOptimStateDictConfig', **options},
    }
