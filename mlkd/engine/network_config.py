"""What the config of a stage says of its network, for whoever uses it alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mlkd.engine.config_tree import dataset_configs
from mlkd.errors import ConfigError
from mlkd.registry import DATASETS


def network_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of the network, with its view.

    Args:
        config: Plain config of a stage.
    """
    network = copy.deepcopy(config['model'])
    if config.get('data_preprocessor') is not None:
        network.setdefault('data_preprocessor', config['data_preprocessor'])
    return network


def test_dataset(config: Mapping[str, Any], stage: str) -> Mapping[str, Any]:
    """Config of the (first) data set that a stage tests on, below wrappers.

    Raises:
        ConfigError: If there is none.
    """
    dataset = next(dataset_configs(config.get('test_dataloader')), None)
    if dataset is None:
        raise ConfigError('The config has no test set.', where=f'{stage}.test_dataloader')
    return dataset


# For pytest: no test in spite of its name.
test_dataset.__test__ = False  # type: ignore[attr-defined]


def class_names(dataset: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the labels of a data set: from its config or its class; from the data themselves where it must be.

    Raises:
        DataError: If the data have to be read, and are missing or wrong.
    """
    meta = {**(getattr(DATASETS.get(dataset['type']), 'METAINFO', None) or {}), **(dataset.get('metainfo') or {})}
    if meta.get('classes'):
        return tuple(meta['classes'])
    # Without images and boxes, which it might wait for.
    bare = {key: value for key, value in dataset.items() if key != 'proposal_file'}
    return tuple(DATASETS.build({**copy.deepcopy(bare), 'pipeline': []}).metainfo['classes'])
