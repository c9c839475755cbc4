"""Checks the distillers of all stages before the first one is trained: what is wrong is told now, not after hours."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from mlkd.distillers.distiller_config import check_distiller, with_num_classes
from mlkd.engine.config_errors import below, translated
from mlkd.engine.config_tree import is_distiller
from mlkd.engine.recipe import Recipe
from mlkd.registry import MODELS


def check_terms(recipe: Recipe) -> None:
    """Check the keys of each distiller of a recipe and of its teachers; build its terms, and drop them.

    Raises:
        MLKDError: If a key is unknown, or a term cannot be built of its arguments; with the key path.
    """
    with torch.random.fork_rng(devices=[]):
        for stage in recipe.stages:
            model = recipe.described(stage).get('model')
            if isinstance(model, Mapping) and is_distiller(model):
                _check(model, f'{"" if recipe.single else f"{stage}."}model')


def _check(model: Mapping[str, Any], where: str) -> None:
    terms = model.get('terms') or {}
    rest = {key: model[key] for key in ('task_weight', 'train_only') if key in model}
    with below(where):
        check_distiller(terms, model['teachers'], **rest)
    num_classes = ((model['student'] or {}).get('head') or {}).get('num_classes', 1)
    for name, term in terms.items():
        place = f'{where}.terms.{name}'
        with below(place), translated(term, place):
            MODELS.build(copy.deepcopy(with_num_classes(term, num_classes)))
