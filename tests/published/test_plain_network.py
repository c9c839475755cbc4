from __future__ import annotations

import json

import numpy as np
import pytest
from mmengine.config import ConfigDict

from mlkd.datasets.transforms import Warp
from mlkd.errors import ConfigError
from mlkd.published.plain_network import plain_model, plain_pipeline, plain_value

LOAD, PACK = {'type': 'LoadImage'}, {'type': 'PackMultiLabel'}


def test_what_training_alone_needs_is_left_out() -> None:
    config = ConfigDict(
        type='MultiLabelClassifier',
        warm_start='a.pth',
        backbone={'type': 'ResNet', 'depth': 18, 'init_cfg': {'type': 'Pretrained'}, 'frozen_stages': 1},
        head={'type': 'MultiLabelHead', 'num_classes': 2, 'in_channels': 3, 'loss_cls': {'type': 'SigmoidBCE'}},
        data_preprocessor={'type': 'ViewPreprocessor', 'mean': (1, np.float64(2.0)), 'std': np.ones(2)},
    )
    plain = plain_model(config)
    assert plain == {
        'type': 'MultiLabelClassifier',
        'backbone': {'type': 'ResNet', 'depth': 18},
        'head': {'type': 'MultiLabelHead', 'num_classes': 2, 'in_channels': 3},
        'data_preprocessor': {'type': 'ViewPreprocessor', 'mean': [1, 2.0], 'std': [1.0, 1.0]},
    }
    assert json.loads(json.dumps(plain)) == plain
    assert config['head']['loss_cls'] == {'type': 'SigmoidBCE'}


def test_keys_of_an_argument_that_is_a_dict() -> None:
    config = {'type': 'MLGCNHead', 'labels': {'classes': ['a', 'b'], 'counts': 'counts.npz', 'words': 'glove.npz'}}
    from mlkd.registry import MODELS

    left = {name.partition('.')[2] for name in MODELS.get('MLGCNHead').training_arguments if '.' in name}
    assert 'counts' in left
    assert set(plain_model(config)['labels']) == set(config['labels']) - left


def test_a_class_becomes_its_name_and_loading_is_mlkds() -> None:
    steps = [{'type': 'mmdet.LoadImageFromFile', 'backend_args': None}, {'type': Warp, 'size': 32}, PACK]
    assert plain_pipeline(steps, False) == [LOAD, {'type': 'Warp', 'size': 32}, PACK]


@pytest.mark.parametrize(('needed', 'left'), [(True, 3), (False, 2)])
def test_transforms_of_proposals_stay_where_they_are_needed(needed: bool, left: int) -> None:
    assert len(plain_pipeline([LOAD, {'type': 'TopProposals', 'n': 5}, PACK], needed)) == left


def test_a_transform_that_is_drawn_anew_is_named() -> None:
    with pytest.raises(ConfigError, match=r'(?s)pipeline\.1.*MultiScaleCrop'):
        plain_pipeline([LOAD, {'type': 'MultiScaleCrop', 'size': 32}, PACK], False)


def test_values_as_json_has_them() -> None:
    value = {1: (np.int64(3), np.arange(2), None), 'a': {'b': True}}
    assert plain_value(value) == {'1': [3, [0, 1], None], 'a': {'b': True}}
