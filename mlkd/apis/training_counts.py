"""The counts of labels of the data that a config trains on, for commands."""

from __future__ import annotations

import argparse

from mlkd.apis.setup_config import setup_config
from mlkd.engine.parts.training_labels import training_counts
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError
from mlkd.partition import LabelCounts


def counts_of_config(args: argparse.Namespace, difficult: str | None = None) -> LabelCounts:
    """Counts of the training images of a config, those of its first stage that has any.

    Args:
        args: With ``config``, ``cfg_options`` and ``data_root``.
        difficult: As of :func:`~mlkd.engine.parts.training_labels.training_counts`.

    Raises:
        ConfigError: If the config is wrong or names no training data.
        DataError: If data are missing or wrong.
    """
    recipe = Recipe(setup_config(args.config, args.cfg_options, args.data_root))
    for stage in map(recipe.merged, recipe.stages):
        if (stage.get('train_dataloader') or {}).get('dataset'):
            return training_counts(stage, difficult)
    raise ConfigError('The config names no data set to train.', where=args.config, expected='train_dataloader')
