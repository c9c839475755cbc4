"""The labels that a stage trains on: their names, and how often they occur."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mmengine.registry import DefaultScope

from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.errors import ConfigError
from mlkd.partition import LabelCounts
from mlkd.registry import DATASETS, SCOPE


def training_counts(stage: Mapping[str, Any], difficult: str | None = None) -> LabelCounts:
    """How often labels occur in a training set, alone and together; images are not read.

    Args:
        stage: Config of the stage, its dict merged over the rest.
        difficult: What VOC's difficult objects are to the counts (``'present'``, ``'absent'`` or ``'ignore'``); as in
            training, where None.

    Raises:
        ConfigError: If the data set is wrong.
        DataError: If data are missing or wrong.
    """
    return LabelCounts.of_dataset(_training_set(stage, difficult))


def training_classes(stage: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Names of the labels of a training set, in its order.

    Args:
        stage: As of :func:`training_counts`.
        name: Of the stage.

    Raises:
        ConfigError: If they have none, or the data set is wrong.
        DataError: If data are missing or wrong.
    """
    classes = (_training_set(stage).metainfo or {}).get('classes')
    if not classes:
        raise ConfigError(
            'The labels of a data set have no names, so that they cannot be found in a partition.',
            where=f'{name}.train_dataloader.dataset',
            fix="give it metainfo=dict(classes=['person', ...])",
        )
    return tuple(classes)


def _training_set(stage: Mapping[str, Any], difficult: str | None = None) -> Any:
    """The training set without images and proposals."""
    config = copy.deepcopy(dict((stage.get('train_dataloader') or {}).get('dataset') or {}))
    for dataset in dataset_configs({'dataset': config}):
        dataset.update(pipeline=[], proposal_file=None)
        if difficult is not None and 'difficult' in dataset:
            dataset['difficult'] = difficult
    # A wrapper of MMEngine's builds what it holds in the scope that a stage will have.
    scope = DefaultScope.overwrite_default_scope(stage.get('default_scope') or SCOPE)
    with scope, translated({'dataset': config}, 'train_dataloader.dataset'):
        return DATASETS.build(config)
