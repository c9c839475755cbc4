"""Scores of a validation set for a network that was trained before scores were kept."""

from __future__ import annotations

from pathlib import Path

from mlkd.engine.auto_proposals import AutoProposals
from mlkd.engine.checkpoints import load_network
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK
from mlkd.engine.stage import build_runner
from mlkd.engine.stage_config import runner_config
from mlkd.engine.validation_scores import ValidationScores
from mlkd.errors import ConfigError
from mlkd.registry import MODELS


def measure_validation(recipe: Recipe, stage: str, folder: Path, log_dir: Path) -> ValidationScores:
    """Run a network on the validation set of its stage and keep the scores in its folder.

    Args:
        recipe: The recipe.
        stage: Whose network.
        folder: Of the training that left it.
        log_dir: Where MMEngine leaves its log.

    Returns:
        The scores, as the training would have kept them.

    Raises:
        ConfigError: If the config has neither a validation set nor a test set, or no metric of labels measures it.
        DataError: If its data are missing or wrong.
    """
    check_recipe(recipe)
    config, whole = recipe.network_config(stage), recipe.described(stage)
    val, test = (whole.get(f'{name}_dataloader') for name in ('val', 'test'))
    if val is not None:
        config.update({f'test_{part}': whole.get(f'val_{part}') for part in ('dataloader', 'cfg', 'evaluator')})
    if config.get('test_dataloader') is None:
        raise ConfigError('The config has no validation set, and no test set.', where=f'{stage}.val_dataloader')
    if getattr(MODELS.get(config['model']['type']), 'needs_proposals', False):
        AutoProposals(recipe.whole.get('proposals')).fill(config)
    else:
        for dataset in dataset_configs(config['test_dataloader']):
            dataset.pop('proposal_file', None)
    built = runner_config(config, log_dir, f'scores_{stage}', seed=0, filename=recipe.filename)
    runner = build_runner(built)
    load_network(runner.model, folder / NETWORK)
    if getattr(runner.model, 'feature_cache', None) is not None:
        # Nobody may come back for the maps of these images.
        runner.model.feature_cache.keeps = False
    with translated(built.to_dict(), stage):
        runner.test()
    tested = val is None or (test is not None and val.get('dataset') == test.get('dataset'))
    scores = ValidationScores.of(runner.test_evaluator, tested)
    if scores is None:
        raise ConfigError(
            'No metric of labels measures the validation set.',
            where=f'{stage}.val_evaluator',
            expected="dict(type='MultiLabelMetric')",
        )
    scores.write(folder)
    return scores
