"""What is wrong with a term is told before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from engine_toy import train
from part_toy import part_recipe

from mlkd.engine.recipe import Recipe
from mlkd.engine.term_check import check_terms
from mlkd.errors import ConfigError


def recipe_with(folder: Path, **term: Any) -> dict[str, Any]:
    config = part_recipe(folder / 'run', stages=('teachers', 'student'))
    teachers = {'psd': {'model': 'model:network', 'parts': 'parts:own'}}
    terms = {'kd': {'type': 'PartitionKD', 'families': {'psd': 1.0}, **term}}
    student = {'type': 'Distiller', 'student': 'model:network', 'teachers': teachers, 'terms': terms}
    return {**config, 'student': {'model': student}}


@pytest.mark.parametrize(
    ('term', 'key'),
    [
        ({'families': {'psd': 1.5}}, '.families.psd.alpha'),
        ({'families': {'psd': 0.5}}, '.families'),
        ({'metric': 'l1'}, '.metric'),
        ({'temperature': 'high'}, '.temperature'),
        ({'loss_weight': -1}, '.loss_weight'),
    ],
)
def test_before_the_teachers_are_trained(tmp_path: Path, term: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        train(recipe_with(tmp_path, **term))
    assert caught.value.where == f'student.model.terms.kd{key}'
    assert not list(tmp_path.rglob('network.pth'))


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('teachers.psd.checkpont', 'x'),
        ('teachers.psd', 5),
        ('teachers.ema', {'average': {'decay': 'x'}}),
        ('terms.kd', 5),
        ('task_weight', -1),
        ('train_only', 'conv'),
    ],
)
def test_other_arguments_of_a_distiller(tmp_path: Path, key: str, value: Any) -> None:
    config = recipe_with(tmp_path)
    node, (*path, last) = config['student']['model'], key.split('.')
    for part in path:
        node = node[part]
    node[last] = value
    with pytest.raises(ConfigError) as caught:
        check_terms(Recipe(config))
    assert caught.value.where.startswith(f'student.model.{key}')


def test_terms_that_are_right_leave_no_trace(tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    check_terms(Recipe(recipe_with(tmp_path)))
    assert torch.equal(torch.random.get_rng_state(), before)
