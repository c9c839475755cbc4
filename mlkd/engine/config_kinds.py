"""What kind of value stands under a key of the runner: the mistakes that no class of a registry is asked about."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Collection, Mapping
from typing import Any

from mlkd.arguments import check_choice, check_number
from mlkd.errors import ConfigError, did_you_mean

#: Keys under which a dict stands.
_DICTS = (
    *('train_dataloader', 'val_dataloader', 'test_dataloader', 'train_cfg', 'val_cfg', 'test_cfg', 'optim_wrapper'),
    *('default_hooks', 'randomness', 'env_cfg', 'auto_scale_lr', 'model_wrapper_cfg', 'strategy', 'log_processor'),
)
#: Keys under which a dict stands, or a list of dicts.
_DICT_OR_LIST = ('param_scheduler', 'val_evaluator', 'test_evaluator')
#: What a runner takes in dicts that no class is made of.
_INNER_KEYS = {
    'randomness': ('seed', 'diff_rank_seed', 'deterministic'),
    'env_cfg': ('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    'auto_scale_lr': ('enable', 'base_batch_size'),
}
_A_TYPE = "dict(type='...', ...)"
#: Parts that a runner takes all of or none, by what it does with them.
_TOGETHER = {
    'train': ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    'val': ('val_dataloader', 'val_cfg', 'val_evaluator'),
    'test': ('test_dataloader', 'test_cfg', 'test_evaluator'),
}


def check_kinds(config: Mapping[str, Any], where: str = '') -> None:
    """Check that dicts stand where a runner takes dicts, with its keys in them.

    Args:
        config: The config of one training.
        where: Its key path.

    Raises:
        ConfigError: That names the key.
    """
    prefix = f'{where}.' if where else ''
    for key in _DICTS:
        _check_dict(config.get(key), f'{prefix}{key}')
    for key in _DICT_OR_LIST:
        value = config.get(key)
        _check_list(value if isinstance(value, (list, tuple)) else [value], f'{prefix}{key}')
    _check_list(config.get('custom_hooks') or [], f'{prefix}custom_hooks', needs_type=True)
    for name, hook in (config.get('default_hooks') or {}).items():
        _check_hook(hook, f'{prefix}default_hooks.{name}')
    if 'optimizer' in (config.get('optim_wrapper') or {}):
        _check_dict(config['optim_wrapper']['optimizer'], f'{prefix}optim_wrapper.optimizer', needs_type=True)
    model = config.get('model')
    if not isinstance(model, (str, Mapping)):  # A text names one of the recipe's models.
        raise ConfigError('There is no model to train.', where=f'{prefix}model', found=model, expected=_A_TYPE)
    for key, known in _INNER_KEYS.items():
        _check_keys(config.get(key) or {}, known, f'{prefix}{key}')
    _check_values(config, prefix)


def check_parts_together(
    config: Mapping[str, Any], where: str = '', splits: Collection[str] = tuple(_TOGETHER)
) -> None:
    """Check that of the parts that a runner takes all of or none, none is left alone.

    Args:
        config: The config of one training.
        where: Its key path.
        splits: What is to be done with it: ``'train'``, ``'val'``, ``'test'``.

    Raises:
        ConfigError: That names the first part that is missing.
    """
    for split in splits:
        _check_whole(config, _TOGETHER[split], f'{where}.' if where else '')


def check_numbers_of_loader(loader: Mapping[str, Any], where: str) -> None:
    """Check the sizes in the config of a data loader."""
    check_number(f'{where}.batch_size', loader['batch_size'], 1, whole=True)
    check_number(f'{where}.num_workers', loader.get('num_workers', 0), 0, whole=True)


def _check_dict(value: Any, where: str, needs_type: bool = False) -> None:
    if value is None or (isinstance(value, Mapping) and ('type' in value or not needs_type)):
        return
    found = f'a dict without type: {dict(value)}' if isinstance(value, Mapping) else repr(value)
    raise ConfigError(
        'A part of the config is not described as it should be.',
        where=where,
        found=found,
        expected=_A_TYPE if needs_type else 'a dict',
    )


def _check_list(values: Any, where: str, needs_type: bool = False) -> None:
    if not isinstance(values, (list, tuple)):
        what = 'A part of the config is not described as it should be.'
        raise ConfigError(what, where=where, found=repr(values), expected=f'a list of dicts: [{_A_TYPE}]')
    for index, value in enumerate(values):
        _check_dict(value, f'{where}.{index}', needs_type)


def _check_hook(hook: Any, where: str) -> None:
    _check_dict(hook, where, needs_type=True)
    if 'interval' in (hook or {}):
        check_number(f'{where}.interval', hook['interval'], -1, whole=True)


def _check_keys(value: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in value:
        if key not in known:
            name, near = where.rpartition('.')[2], did_you_mean(key, known) or None
            raise ConfigError(
                f'{name} takes no {key!r}.', where=f'{where}.{key}', expected=f'one of {sorted(known)}', fix=near
            )


def _check_whole(config: Mapping[str, Any], keys: Collection[str], prefix: str) -> None:
    missing = [key for key in keys if config.get(key) is None]
    if missing and len(missing) < len(keys):
        there = [key for key in keys if key not in missing]
        raise ConfigError(
            f'{" and ".join(there)} cannot do without {" and ".join(missing)}.',
            where=f'{prefix}{missing[0]}',
            expected=f'all of {", ".join(keys)}, or none',
            fix=f'set {" and ".join(missing)}, or {" and ".join(there)} to None too',
        )


def _check_values(config: Mapping[str, Any], prefix: str) -> None:
    level = config.get('log_level', 'INFO')
    if not isinstance(level, int) and not isinstance(logging.getLevelName(level), int):
        check_choice(f'{prefix}log_level', level, ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'))
    method = ((config.get('env_cfg') or {}).get('mp_cfg') or {}).get('mp_start_method')
    if method is not None:
        check_choice(f'{prefix}env_cfg.mp_cfg.mp_start_method', method, multiprocessing.get_all_start_methods())
    scale = config.get('auto_scale_lr') or {}
    if scale.get('enable'):
        check_number(f'{prefix}auto_scale_lr.base_batch_size', scale.get('base_batch_size'), 1, whole=True)
