from __future__ import annotations

import inspect
from typing import Any

import engine_toy  # noqa: F401
import pytest
from engine_toy import toy_config, toy_recipe
from mmengine.config import Config
from mmengine.runner import Runner

from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_kinds import check_kinds, check_numbers_of_loader, check_parts_together
from mlkd.engine.recipe import Recipe
from mlkd.engine.recipe_runner import RecipeRunner
from mlkd.errors import ConfigError


def changed(options: dict[str, Any]) -> dict:
    config = Config(toy_config('unused'))
    config.merge_from_dict(options, allow_list_keys=True)
    return config.to_dict()


@pytest.mark.parametrize(
    ('key', 'value', 'where', 'says'),
    [
        ('train_cfg', 3, 'train_cfg', 'a dict'),
        ('test_evaluator', 'ToyMetric', 'test_evaluator.0', 'a dict'),
        ('param_scheduler', [3], 'param_scheduler.0', 'a dict'),
        ('optim_wrapper.optimizer', 'SGD', 'optim_wrapper.optimizer', "dict(type='...', ...)"),
        ('randomness', 3, 'randomness', 'a dict'),
        ('randomness.sede', 1, 'randomness.sede', 'did you mean seed?'),
        ('env_cfg', 'x', 'env_cfg', 'a dict'),
        ('env_cfg', {'cudnn_benchmak': True}, 'env_cfg.cudnn_benchmak', 'did you mean cudnn_benchmark?'),
        ('env_cfg', {'mp_cfg': {'mp_start_method': 'frok'}}, 'env_cfg.mp_cfg.mp_start_method', 'did you mean fork'),
        ('log_level', 'LOUD', 'log_level', "'DEBUG' or 'INFO'"),
        ('default_hooks', 3, 'default_hooks', 'a dict'),
        ('default_hooks.timer', {'interval': 5}, 'default_hooks.timer', 'a dict without type'),
        ('default_hooks.logger.interval', 'x', 'default_hooks.logger.interval', 'a whole number'),
        ('custom_hooks', 3, 'custom_hooks', 'a list of dicts'),
        ('custom_hooks', {'0': {'type': 'EMAHook'}}, 'custom_hooks', 'a list of dicts'),
        ('custom_hooks', ['EMAHook'], 'custom_hooks.0', "dict(type='...', ...)"),
        ('auto_scale_lr', {'enable': True}, 'auto_scale_lr.base_batch_size', 'at least 1'),
        ('model', 3, 'model', 'no model to train'),
        ('train_dataloader.batch_size', 'two', 'train_dataloader.batch_size', 'at least 1'),
        ('test_dataloader.batch_size', 0, 'test_dataloader.batch_size', 'at least 1'),
        ('test_dataloader.num_workers', -1, 'test_dataloader.num_workers', 'at least 0'),
    ],
)
def test_kinds(key: str, value: object, where: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_recipe(Recipe(changed({key: value})))
    assert caught.value.where == where
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ('key', 'says'),
    [
        ('train_cfg', 'train_dataloader and optim_wrapper cannot do without train_cfg'),
        ('optim_wrapper', 'train_dataloader and train_cfg cannot do without optim_wrapper'),
        ('test_evaluator', 'test_dataloader and test_cfg cannot do without test_evaluator'),
    ],
)
def test_parts_that_are_left_alone(key: str, says: str) -> None:
    config = changed({key: None})
    with pytest.raises(ConfigError, match=says) as caught:
        RecipeRunner(Config({**config, 'work_dir': 'unused'}))
    assert caught.value.where == key
    # Data of a config can be looked at, and its network be used, all the same.
    check_recipe(Recipe(config))
    check_parts_together(config, splits=['val'])


def test_a_stage_is_named() -> None:
    config = toy_recipe('unused')
    config['feature']['param_scheduler'] = [3]
    with pytest.raises(ConfigError) as caught:
        check_recipe(Recipe(config))
    assert caught.value.where == 'feature.param_scheduler.0'


def test_an_empty_config() -> None:
    with pytest.raises(ConfigError, match='no model to train'):
        check_recipe(Recipe(Config({})))


def test_what_is_sound_passes() -> None:
    sound = {
        'log_level': 10,
        'default_hooks.timer': None,
        'custom_hooks': [],
        'auto_scale_lr': {'enable': False},
        'env_cfg': {'cudnn_benchmark': True, 'dist_cfg': {'backend': 'gloo'}, 'mp_cfg': {'mp_start_method': 'fork'}},
        'randomness': {'seed': None, 'deterministic': True, 'diff_rank_seed': False},
    }
    for key, value in sound.items():
        check_kinds(changed({key: value}))
    check_numbers_of_loader({'batch_size': 1}, 'train_dataloader')


def test_keys_of_randomness_are_those_of_mmengine() -> None:
    taken = inspect.signature(Runner.set_randomness).parameters
    for key in [key for key in taken if key != 'self']:
        check_kinds(changed({'randomness': {key: 0}}))
