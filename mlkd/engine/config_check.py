"""Finds misspelt keys and unknown types in a config before anything is built."""

from __future__ import annotations

import difflib
import inspect
import sys
from collections.abc import Mapping
from typing import Any

from mmengine.registry import Registry
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch.utils.data import DataLoader

from mlkd import registry
from mlkd.engine.config_classes import check_arguments, find_anywhere, registered
from mlkd.engine.config_keys import KNOWN_KEYS, TTA_KEYS
from mlkd.engine.config_kinds import check_kinds, check_numbers_of_loader
from mlkd.engine.parts.partition_keys import check_partitions
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError, did_you_mean

#: Which registry the type of a dict is looked up in, by its key; dicts below inherit it.
_BY_KEY: dict[str, Registry] = {
    'model': registry.MODELS,
    'tta_model': registry.MODELS,
    'data_preprocessor': registry.MODELS,
    'dataset': registry.DATASETS,
    'datasets': registry.DATASETS,
    'pipeline': registry.TRANSFORMS,
    'tta_pipeline': registry.TRANSFORMS,
    'sampler': registry.DATA_SAMPLERS,
    'batch_sampler': registry.DATA_SAMPLERS,
    'train_cfg': registry.LOOPS,
    'val_cfg': registry.LOOPS,
    'test_cfg': registry.LOOPS,
    'val_evaluator': registry.METRICS,
    'test_evaluator': registry.METRICS,
    'optim_wrapper': registry.OPTIM_WRAPPERS,
    'optimizer': registry.OPTIMIZERS,
    'param_scheduler': registry.PARAM_SCHEDULERS,
    'default_hooks': registry.HOOKS,
    'custom_hooks': registry.HOOKS,
    'strategy': registry.STRATEGIES,
}
#: What MMEngine takes in the config of a data loader.
_LOADER_KEYS = {*inspect.signature(DataLoader).parameters, 'num_batch_per_epoch'}
#: Types that a dict may leave out, by its key.
_DEFAULTS = {'optim_wrapper': 'OptimWrapper'}
#: Variables that OpenMMLab's configs have, some of them spelt like keys.
_VARIABLES = ('train_pipeline', 'val_pipeline', 'test_pipeline')


def check_recipe(recipe: Recipe) -> None:
    """Check the keys at the top and of each stage, then all types and arguments.

    Raises:
        ConfigError: With the key path, and what is near where a name seems misspelt.
    """
    known = {*KNOWN_KEYS, *recipe.stages, *_VARIABLES}
    check_partitions(recipe.partitions)
    for key in recipe.whole:
        # Any other name may be a variable of the config file.
        variable = key in known or key.startswith('_')
        near = [] if variable else difflib.get_close_matches(key, KNOWN_KEYS, n=1, cutoff=0.88)
        if near:
            raise ConfigError(
                f'{key!r} means nothing at the top of a config.', where=key, fix=f'did you mean {near[0]}?'
            )
    for stage in recipe.stages:
        for key in {} if recipe.single else recipe.whole[stage]:
            if key not in known and key not in recipe.whole:
                fix = did_you_mean(key, known) or None
                expected = 'a key of the runner, or one that stands at the top of the config'
                raise ConfigError(
                    f'{key!r} means nothing in a stage.', where=f'{stage}.{key}', expected=expected, fix=fix
                )
        merged, where = recipe.merged(stage), '' if recipe.single else stage
        check_kinds(merged, where)
        views = {key: value for key in TTA_KEYS if (value := recipe.of_stage(stage, key)) is not None}
        check_types({**merged, **views}, where)
        _check_loaders(merged, where)
    for name, model in recipe.models.items():
        _check(model, f'models.{name}', registry.MODELS)


def check_types(config: Mapping[str, Any], where: str = '') -> None:
    """Check ``type`` and arguments of every dict whose registry is known.

    Args:
        config: The config of one training.
        where: Its key path.
    """
    for key, value in config.items():
        path = f'{where}.{key}' if where else key
        if key.endswith('_dataloader') and isinstance(value, Mapping):
            _check_loader(value, path)
            for part, item in value.items():
                if part in _BY_KEY:
                    _check(item, f'{path}.{part}', _BY_KEY[part])
        elif key == 'train_cfg' and isinstance(value, Mapping) and 'type' not in value:
            check_arguments(EpochBasedTrainLoop if value.get('by_epoch', True) else IterBasedTrainLoop, value, path)
        elif key in _BY_KEY:
            _check(value, path, _BY_KEY[key])


def _check_loaders(config: Mapping[str, Any], where: str) -> None:
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader, path = config.get(name), f'{where}.{name}' if where else name
        if not isinstance(loader, Mapping):
            continue
        for key in ('dataset', 'sampler', 'batch_size'):
            if key not in loader:
                fix = f'set {path}.{key}'
                raise ConfigError(f'A data loader has no {key}.', where=path, found=sorted(loader), fix=fix)
        check_numbers_of_loader(loader, path)


def _check_loader(loader: Mapping[str, Any], where: str) -> None:
    for key in loader:
        if key not in _LOADER_KEYS:
            expected, fix = f'one of {sorted(_LOADER_KEYS)}', did_you_mean(key, _LOADER_KEYS) or None
            raise ConfigError(f'A data loader takes no {key!r}.', where=f'{where}.{key}', expected=expected, fix=fix)


def _check(value: Any, where: str, kind: Registry) -> None:
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check(item, f'{where}.{index}', kind)
    if not isinstance(value, Mapping):
        return
    name = value.get('type', _DEFAULTS.get(where.rpartition('.')[2]))
    if isinstance(name, str):
        target = _find(name, where, kind)
        if target is not None:
            check_arguments(target, value, where)
    for key, item in value.items():
        # A *_cfg names layers, losses or assigners of other registries, with keys that the layer does not take.
        if key.endswith('_cfg') or key in ('paramwise_cfg', 'metainfo'):
            continue
        # The default hooks go by names of their own, one of which is param_scheduler.
        inner = kind if kind is registry.HOOKS else _BY_KEY.get(key, kind)
        _check(item, f'{where}.{key}', inner)


def _find(name: str, where: str, kind: Registry) -> Any:
    """The class of a name; None where it may be known to somebody else."""
    with kind.switch_scope_and_registry(registry.SCOPE) as here:
        try:
            target = here.get(name)
        except RuntimeError:  # MMEngine's answer to a name that is neither registered nor the path of a class.
            target = None
    if target is not None:
        return target
    known = list(registered(kind))
    near = did_you_mean(name, known)
    last = where.rpartition('.')[2]
    if kind is registry.MODELS and last != 'model' and (not near or _known_elsewhere(name)):
        return None  # A part of an MMDetection model, of a registry of its own.
    raise ConfigError(
        f'There is no {kind.name} of type {name!r}.',
        where=f'{where}.type',
        found=name,
        expected=f'a registered {kind.name}',
        fix=near or 'check the spelling; a class of a plug-in must be imported through custom_imports',
    )


def _known_elsewhere(name: str) -> bool:
    """Whether another registry or MMCV's operators (RoI layers) have the name."""
    return hasattr(sys.modules.get('mmcv.ops'), name) or find_anywhere(name) is not None
