"""A network's config for some of the labels."""

from __future__ import annotations

import copy

import pytest

from mlkd.errors import ConfigError
from mlkd.models.utils.label_subset import restrict_to_labels

CONFIG = {
    'type': 'MultiLabelClassifier',
    'backbone': {'type': 'X', 'stages': (1, 2)},
    'head': {'type': 'Y', 'num_classes': 4, 'labels': {'classes': 'coco'}, 'label_names': ['a', 'b', 'c', 'd']},
}


def test_numbers_and_names() -> None:
    before = copy.deepcopy(CONFIG)
    found = restrict_to_labels(CONFIG, ('d', 'a'), 4)
    assert found['head'] == {
        'type': 'Y',
        'num_classes': 2,
        'labels': {'classes': ['d', 'a']},
        'label_names': ['d', 'a'],
    }
    assert found['backbone'] == CONFIG['backbone']
    assert before == CONFIG


@pytest.mark.parametrize(('config', 'found'), [(CONFIG, 'found: 4'), ({'type': 'X'}, 'nowhere')])
def test_of_another_number_of_labels(config: dict, found: str) -> None:
    with pytest.raises(ConfigError, match=found):
        restrict_to_labels(config, ('a',), 5)
