"""What a file of somebody's may not have built."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
from published_toy import DETECTOR, MODEL

from mlkd.errors import CheckpointError
from mlkd.published.plain_config import check_config, find_registered
from mlkd.registry import GENERATORS, MODELS, TRANSFORMS


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(config)
    *parents, last = path.split('.')
    node: Any = config
    for key in parents:
        node = node[int(key)] if isinstance(node, list) else node[key]
    node[last] = value
    return config


def test_plain_configs_pass() -> None:
    for model in (MODEL, DETECTOR, changed(MODEL, 'backbone', {'type': 'mmdet.ResNet', 'depth': 18})):
        check_config(model, MODELS, 'model')
    check_config({'type': 'Resize', 'scale': [3, 4]}, TRANSFORMS, 'pipeline.0')
    check_config({'type': 'SelectiveSearch', 'mode': 'fast'}, GENERATORS, 'proposals')


@pytest.mark.parametrize('place', ['type', 'backbone.type', 'head.type', 'head.loss_cls'])
@pytest.mark.parametrize(
    'name',
    [
        'os.system',
        'builtins.eval',
        'torch.hub.load',
        'mmengine.Config',
        'mmdet.os.system',
        'mlkd.checkpoint_file.load_file',
        'torch.nn.Linear',
        'NoSuchThing',
        '',
        '.',
        7,
        None,
        ['os.system'],
    ],
)
def test_types_must_be_registered(place: str, name: Any) -> None:
    value = {'type': name} if place == 'head.loss_cls' else name
    with pytest.raises(CheckpointError) as caught:
        check_config(changed(MODEL, place, value), MODELS, 'model')
    assert caught.value.where == 'model.' + (place if place.endswith('type') else f'{place}.type')


def test_what_mmengine_would_do_with_such_a_type(tmp_path: Path) -> None:
    """The reason for the check: building would have called it."""
    target = tmp_path / 'made'
    MODELS.build({'type': 'os.mkdir', 'path': str(target)})
    assert target.is_dir()
    with pytest.raises(CheckpointError):
        check_config({'type': 'os.mkdir', 'path': str(target)}, MODELS, 'model')


def test_functions_and_classes_of_another_kind_are_refused() -> None:
    MODELS.register_module(name='PublishedTestFunction', module=os.getcwd, force=True)
    TRANSFORMS.register_module(name='PublishedTestTransform', module=dict, force=True)
    try:
        with pytest.raises(CheckpointError, match='no model'):
            check_config({'type': 'PublishedTestFunction'}, MODELS, 'model')
        with pytest.raises(CheckpointError, match='no transform'):
            check_config({'type': 'PublishedTestTransform'}, TRANSFORMS, 'pipeline.0')
    finally:
        del MODELS._module_dict['PublishedTestFunction'], TRANSFORMS._module_dict['PublishedTestTransform']


@pytest.mark.parametrize(
    'nms',
    [
        {'type': '__import__("os").mkdir("x") or nms'},
        {'type': 'nms_match'},
        [['type', '__import__("os").mkdir("x")']],
        [['iou_threshold', 0.5]],
    ],
)
def test_the_name_of_a_suppression_is_evaluated_by_mmcv(nms: Any) -> None:
    with pytest.raises(CheckpointError):
        check_config(changed(DETECTOR, 'test_cfg.nms', nms), MODELS, 'model')


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('init_cfg', {'type': 'Pretrained', 'checkpoint': 'x'}),
        ('init_cfg', []),
        ('pretrained', True),
        ('pretrained', 'torchvision'),
        ('pretrained_cfg', {'x': 1}),
        ('checkpoint', 'x'),
        ('checkpoint_path', 'x'),
        ('teacher_config', 'x'),
        ('teacher_ckpt', 'x'),
        ('config', {'a': 1}),
        ('feature_cache', 'x'),
        ('warm_start', 'x'),
        ('cache_dir', 'x'),
        ('backend_args', {'backend': 'http'}),
        ('_scope_', 'os'),
        ('name', 'https://example.com'),
        ('name', '../weights'),
        ('name', 'a\\b'),
        ('name', '~'),
        ('model', 'structured.yml.gz'),
        ('counts', 'labels.pkl'),
        ('deep', [['type', 'os.system']]),
        ('number', float('nan')),
        ('number', object()),
    ],
)
def test_arguments_that_fetch(key: str, value: Any) -> None:
    for place in ('backbone', 'head'):
        with pytest.raises(CheckpointError) as caught:
            check_config(changed(MODEL, f'{place}.{key}', value), MODELS, 'model')
        assert f'model.{place}' in str(caught.value.where)


def test_numbers_under_such_names_do_no_harm() -> None:
    harmless = {'drop_path': 0.1, 'pretrained': False, 'init_cfg': None, 'with_checkpoint': True}
    check_config(changed(MODEL, 'backbone', {**MODEL['backbone'], **harmless}), MODELS, 'model')


def test_names_of_labels_are_no_paths() -> None:
    model = changed(MODEL, 'head.names', ['tv/monitor', 'cat'])
    with pytest.raises(CheckpointError, match='names a file'):
        check_config(model, MODELS, 'model')
    check_config(model, MODELS, 'model', frozenset({'tv/monitor'}))


def test_depth() -> None:
    value: Any = 1
    for _ in range(3000):
        value = [value]
    with pytest.raises(CheckpointError, match='deep'):
        check_config(changed(MODEL, 'head.x', value), MODELS, 'model')


@pytest.mark.parametrize('config', [None, [], 'ResNet', {}, {'depth': 50}])
def test_no_config(config: Any) -> None:
    with pytest.raises(CheckpointError, match='no type'):
        check_config(config, MODELS, 'model')


def test_detectors_as_generators_would_execute_a_config() -> None:
    with pytest.raises(CheckpointError) as caught:
        check_config({'type': 'DetectorProposals', 'config': 'x', 'checkpoint': 'y'}, GENERATORS, 'proposals')
    assert caught.value.where == 'proposals.config'


def test_find_registered() -> None:
    assert find_registered('ResNet', MODELS) is find_registered('mmdet.ResNet', MODELS) is not None
    assert find_registered('mlkd.ResNet', MODELS) is None
    assert find_registered('mlkd.WSDDN', MODELS).__name__ == 'WSDDN'


def test_misspelt() -> None:
    with pytest.raises(CheckpointError) as caught:
        check_config({'type': 'MultiLabelClasifier'}, MODELS, 'model')
    assert 'MultiLabelClassifier' in caught.value.fix
