from __future__ import annotations

from typing import Any

import engine_toy  # noqa: F401
import pytest

from mlkd.engine.network_config import class_names, network_of
from mlkd.engine.network_config import test_dataset as dataset_of
from mlkd.errors import ConfigError

VIEW, OWN = {'type': 'ViewPreprocessor', 'size': 8}, {'type': 'ViewPreprocessor', 'size': 9}


@pytest.mark.parametrize(
    ('model', 'config', 'view'),
    [({}, {'data_preprocessor': VIEW}, VIEW), ({'data_preprocessor': OWN}, {'data_preprocessor': VIEW}, OWN)],
)
def test_a_network_has_its_view_with_it(model: dict, config: dict, view: dict) -> None:
    whole = {'model': {'type': 'Net', **model}, **config}
    made = network_of(whole)
    assert made == {'type': 'Net', 'data_preprocessor': view}
    made['type'] = 'Other'
    assert whole['model']['type'] == 'Net'
    assert network_of({'model': {'type': 'Net'}, 'data_preprocessor': None}) == {'type': 'Net'}


def test_the_first_test_set_below_wrappers() -> None:
    inner = {'type': 'ToyImages'}
    assert dataset_of({'test_dataloader': {'dataset': {'type': 'Repeat', 'dataset': inner}}}, 'a') is inner
    for config in ({}, {'test_dataloader': None}, {'test_dataloader': {'batch_size': 1}}):
        with pytest.raises(ConfigError, match=r'student\.test_dataloader'):
            dataset_of(config, 'student')


@pytest.mark.parametrize(
    ('config', 'names'),
    [
        ({'type': 'ToyImages'}, ('red', 'green', 'blue')),
        ({'type': 'ToyImages', 'metainfo': {'classes': ['x', 'y']}}, ('x', 'y')),
        ({'type': 'ToyImages', 'metainfo': None}, ('red', 'green', 'blue')),
    ],
)
def test_names_of_the_labels_without_reading_any_data(config: dict[str, Any], names: tuple[str, ...]) -> None:
    assert class_names(config) == names
