"""The config of a group, from that of one network of all labels."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mlkd.engine.parts.group_config import group_config
from mlkd.engine.parts.label_part import LabelPart, label_parts
from mlkd.errors import ConfigError

CLASSES = ('cat', 'dog', 'car', 'bus', 'emu')
PARTS = label_parts([('bus', 'car'), ('cat', 'dog', 'emu')], CLASSES)
STAGE: dict[str, Any] = {
    'model': {'type': 'MultiLabelClassifier', 'head': {'type': 'MultiLabelHead', 'num_classes': 5, 'in_channels': 8}},
    'train_dataloader': {'batch_size': 4, 'dataset': {'type': 'Shapes'}},
    'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 0.1}},
    'test_evaluator': {'type': 'MultiLabelMetric'},
}


def group(amp: str | None = None, parts: tuple[LabelPart, ...] = PARTS, **changes: Any) -> dict[str, Any]:
    return group_config({**copy.deepcopy(STAGE), **changes}, parts, CLASSES, amp)


def test_a_network_for_each_part() -> None:
    model = group()['model']
    assert model['type'] == 'NetworkGroup'
    first, second = (model['networks'][part.name] for part in PARTS)
    assert list(model['networks']) == [part.name for part in PARTS]
    # In the order of the data set.
    assert (first['labels'], second['labels']) == ([2, 3], [0, 1, 4])
    assert [network['model']['head']['num_classes'] for network in (first, second)] == [2, 3]
    assert first['model']['head']['in_channels'] == 8


def test_names_of_labels_are_those_of_the_part() -> None:
    head = {'type': 'LabelQueryHead', 'num_classes': 5, 'label_names': list(CLASSES)}
    networks = group(model={'type': 'MultiLabelClassifier', 'head': head})['model']['networks']
    assert networks[PARTS[0].name]['model']['head']['label_names'] == ['car', 'bus']


def test_networks_share_nothing_that_one_might_change() -> None:
    networks = group()['model']['networks']
    networks[PARTS[0].name]['model']['head']['in_channels'] = 9
    assert networks[PARTS[1].name]['model']['head']['in_channels'] == 8
    assert STAGE['model']['head']['in_channels'] == 8


def test_the_stage_stays_as_it_is() -> None:
    stage = {**copy.deepcopy(STAGE), 'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 8}}
    before = copy.deepcopy(stage)
    group_config(stage, PARTS, CLASSES, 'bfloat16')
    assert stage == before


@pytest.mark.parametrize('own', [None, {'type': 'ViewPreprocessor', 'size': 16}])
def test_the_view_goes_with_each_network(own: dict[str, Any] | None) -> None:
    model = {**STAGE['model'], **({'data_preprocessor': own} if own else {})}
    whole = {'type': 'ViewPreprocessor', 'size': 8}
    config = group(model=model, data_preprocessor=whole)
    assert 'data_preprocessor' not in config
    for network in config['model']['networks'].values():
        assert network['model']['data_preprocessor'] == (own or whole)


def test_each_network_has_an_optimiser_of_its_own() -> None:
    assert group()['optim_wrapper'] == {
        'constructor': 'GroupOptimWrapperConstructor',
        'each': {'optimizer': {'type': 'SGD', 'lr': 0.1}},
    }
    assert group('bfloat16')['optim_wrapper']['each']['type'] == 'AutocastOptimWrapper'
    assert group('bfloat16', optim_wrapper=None)['optim_wrapper'] is None


def test_each_network_is_measured_on_its_labels() -> None:
    metrics = [{'type': 'MultiLabelMetric'}, {'type': 'Other'}]
    config = group(val_evaluator=metrics)
    for split, given in (('val', metrics), ('test', STAGE['test_evaluator'])):
        assert config[f'{split}_evaluator'] == [
            {'type': 'PartMetric', 'network': part.name, 'labels': list(part.labels), 'metrics': given}
            for part in PARTS
        ]
    assert 'val_evaluator' not in group()


def test_what_does_not_concern_networks_is_left() -> None:
    assert group()['train_dataloader'] == STAGE['train_dataloader']


def test_a_network_that_cannot_be_told() -> None:
    for head, found in (({'type': 'X'}, 'nowhere'), ({'type': 'X', 'num_classes': 7}, '7')):
        with pytest.raises(ConfigError, match='cannot be told') as caught:
            group(model={'type': 'MultiLabelClassifier', 'head': head})
        assert found in str(caught.value.found)
