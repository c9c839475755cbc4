"""Testing a network on several views of each image (``--tta``)."""

from __future__ import annotations

import copy
from typing import Any

from mlkd.engine.config_keys import TTA_KEYS
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError


def fuse_views(plain: dict[str, Any], recipe: Recipe, stage: str) -> None:
    """Make the config of a test one that fuses views, in place, as OpenMMLab's ``tools/test.py --tta`` does.

    The network becomes the ``module`` of ``tta_model``, the pipeline of its data sets ``tta_pipeline``. Images come one
    by one: their views run one by one in any case, and so no more of them wait than have to.

    Args:
        plain: Of :meth:`Recipe.network_config`.
        recipe: Where ``tta_model`` and ``tta_pipeline`` stand: in the stage's dict or, for all stages, at the top.
        stage: Whose network is tested.

    Raises:
        ConfigError: If they are not there.
    """
    found = {key: recipe.of_stage(stage, key) for key in TTA_KEYS}
    missing = [key for key, value in found.items() if not value]
    if missing:
        raise ConfigError(
            'The config does not say which views to fuse.',
            where=recipe.filename,
            found=f'no {" and no ".join(missing)}',
            expected=f'{" and ".join(TTA_KEYS)}, as in configs/_base_/test_time',
            fix="add '../_base_/test_time/longer_side.py' to _base_, or test without --tta",
        )
    module = plain['model']
    if plain.get('data_preprocessor') is not None:
        # MMEngine would give it to the outer model.
        module.setdefault('data_preprocessor', plain.pop('data_preprocessor'))
    plain['model'] = {**copy.deepcopy(found['tta_model']), 'module': module}
    for dataset in dataset_configs(plain.get('test_dataloader')):
        dataset['pipeline'] = copy.deepcopy(found['tta_pipeline'])
    if plain.get('test_dataloader'):
        plain['test_dataloader'].pop('batch_sampler', None)
        plain['test_dataloader']['batch_size'] = 1
