"""Builds the terms of all stages before the first one is trained: a wrong share is told now, not after the teachers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from mlkd.distillers.distiller import with_num_classes
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import is_distiller
from mlkd.engine.recipe import Recipe
from mlkd.errors import MLKDError
from mlkd.registry import MODELS


def check_terms(recipe: Recipe) -> None:
    """Build the terms of each distiller of a recipe, and drop them.

    Raises:
        MLKDError: If one cannot be built of its arguments; with the key path.
    """
    with torch.random.fork_rng(devices=[]):
        for stage in recipe.stages:
            model = recipe.described(stage).get('model')
            if not isinstance(model, Mapping) or not is_distiller(model):
                continue
            head = (model.get('student') or {}).get('head') or {}
            for name, term in (model.get('terms') or {}).items():
                where = f'{"" if recipe.single else f"{stage}."}model.terms.{name}'
                _build(with_num_classes(term, head.get('num_classes', 1)), where)


def _build(term: dict[str, Any], where: str) -> None:
    try:
        with translated(term, where):
            MODELS.build(copy.deepcopy(term))
    except MLKDError as error:
        if str(error.where).startswith(where):
            raise
        raise error.at(where, '.') from error
