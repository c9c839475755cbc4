from __future__ import annotations

import engine_toy  # noqa: F401
import pytest
from engine_toy import toy_config, toy_recipe

from mlkd.engine.config_check import check_recipe, check_types
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError


def changed(path: str, value: object) -> dict:
    config = toy_config('unused')
    *parents, last = path.split('.')
    node = config
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    node[last] = value
    return config


def test_a_sound_config_passes() -> None:
    check_recipe(Recipe(toy_config('unused', my_variable=3, train_pipeline=[])))
    check_recipe(Recipe(toy_recipe('unused', folds=2)))


@pytest.mark.parametrize(
    ('path', 'value', 'where', 'fix'),
    [
        ('optim_wraper', {}, 'optim_wraper', 'optim_wrapper'),
        ('model.type', 'ToyNett', 'model.type', 'ToyNet'),
        ('model.widht', 3, 'model.widht', 'width'),
        ('model.head', {'type': 'ToyNte'}, 'model.head.type', 'ToyNet'),
        ('train_dataloader.dataset.type', 'ToyImage', 'train_dataloader.dataset.type', 'ToyImages'),
        ('train_dataloader.dataset.sed', 3, 'train_dataloader.dataset.sed', 'seed'),
        ('train_dataloader.sampler.shufle', True, 'train_dataloader.sampler.shufle', 'shuffle'),
        ('train_cfg.max_epoch', 3, 'train_cfg.max_epoch', 'max_epochs'),
        ('optim_wrapper.optimzer', {}, 'optim_wrapper.optimzer', 'optimizer'),
        ('optim_wrapper.optimizer.type', 'SDG', 'optim_wrapper.optimizer.type', 'SGD'),
        ('optim_wrapper.optimizer.momentom', 1, 'optim_wrapper.optimizer.momentom', 'momentum'),
        ('param_scheduler.0.milestone', [3], 'param_scheduler.0.milestone', 'milestones'),
        ('test_evaluator.type', 'ToyMetrik', 'test_evaluator.type', 'ToyMetric'),
        ('default_hooks.logger.type', 'LogerHook', 'default_hooks.logger.type', 'LoggerHook'),
        ('default_hooks.logger.intervall', 3, 'default_hooks.logger.intervall', 'interval'),
    ],
)
def test_misspelt_names_are_found_before_anything_is_built(path: str, value: object, where: str, fix: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_recipe(Recipe(changed(path, value)))
    assert error.value.where == where
    assert f'{fix}' in (error.value.fix or '')
    assert error.value.fix.startswith('did you mean')


def test_misspelt_key_of_a_stage() -> None:
    config = toy_recipe('unused')
    config['feature']['optim_wraper'] = {}
    with pytest.raises(ConfigError, match=r'feature\.optim_wraper(.|\n)*did you mean optim_wrapper'):
        check_recipe(Recipe(config))


def test_the_hook_named_like_a_scheduler_is_a_hook() -> None:
    check_types({'default_hooks': {'param_scheduler': {'type': 'ParamSchedulerHook'}}})
