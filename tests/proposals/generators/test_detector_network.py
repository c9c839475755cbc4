"""Reading a detector of MMDetection: its config, its pipeline, its tensors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mlkd.errors import CheckpointError, ConfigError
from mlkd.proposals.generators.detector_network import build_network, build_pipeline, load_step, read_detector_config

sys.path.insert(0, str(Path(__file__).parent))
from mmdet_toy import write_detector

LOAD = {'type': 'LoadImageFromFile', 'backend_args': None}
PACK = {'type': 'PackDetInputs', 'meta_keys': ('img_id', 'ori_shape', 'img_shape')}


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Config and checkpoint of an RPN."""
    return write_detector(tmp_path_factory.mktemp('rpn'), 'rpn')


def config_of(*steps: dict[str, Any], **more: Any) -> Config:
    return Config({'model': {}, 'test_dataloader': {'dataset': {'pipeline': list(steps)}}, **more})


def test_configs_are_files_or_those_that_mmdetection_brings(files: tuple[str, str]) -> None:
    assert read_detector_config(files[0]).model.type == 'RPN'
    assert read_detector_config('mmdet::rpn/rpn_r50_fpn_1x_coco.py').model.rpn_head.type == 'RPNHead'


@pytest.mark.parametrize(
    ('text', 'what', 'part'),
    [
        ('model = dict(', 'cannot be read', 'SyntaxError'),
        ('raise SystemError("oh  no")', 'cannot be read', 'SystemError: oh no'),
        ('x = 1', 'names no detector', 'model'),
        ("model = dict(type='RPN')", 'does not say how an image is prepared', 'LoadImageFromFile'),
    ],
)
def test_what_is_wrong_with_a_config(tmp_path: Path, text: str, what: str, part: str) -> None:
    path = tmp_path / 'd.py'
    path.write_text(text)
    with pytest.raises(ConfigError, match=what) as caught:
        read_detector_config(str(path))
    assert caught.value.where == str(path)
    assert part in f'{caught.value.found} {caught.value.expected}'


@pytest.mark.parametrize('path', ['none.py', 'mmdet::rpn/none.py', 'nowhere::x.py'])
def test_no_such_config(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match='cannot be read') as caught:
        read_detector_config(path)
    assert caught.value.where == path


def test_the_transform_that_reads_the_image() -> None:
    flip = {'type': 'mmdet.RandomFlip', 'prob': 0.0}
    given = config_of(flip, LOAD, PACK)
    steps, position = load_step(given, 'd.py')
    assert position == 1
    # A copy, which may be changed.
    steps[1]['type'] = 'x'
    assert given.test_dataloader.dataset.pipeline[1].type == 'LoadImageFromFile'
    wrapped = Config(
        {'test_dataloader': {'dataset': {'type': 'RepeatDataset', 'dataset': {'pipeline': [flip, PACK, LOAD]}}}}
    )
    assert load_step(wrapped, 'd.py')[1] == 2


@pytest.mark.parametrize('config', [Config({}), config_of(PACK), config_of(), Config({'test_dataloader': None})])
def test_no_transform_that_reads_the_image(config: Config) -> None:
    with pytest.raises(ConfigError, match='how an image is prepared') as caught:
        load_step(config, 'd.py')
    assert caught.value.where == 'd.py'


def test_images_are_read_already_and_have_no_annotations() -> None:
    resize = {'type': 'Resize', 'scale': (20, 20), 'keep_ratio': True}
    config = config_of(LOAD, resize, {'type': 'LoadAnnotations', 'with_bbox': True}, PACK)
    image = np.random.default_rng(0).integers(0, 256, (10, 5, 3), dtype=np.uint8)
    packed = build_pipeline(config, 'd.py')({'img': image, 'img_id': 0})
    assert tuple(packed['inputs'].shape) == (3, 20, 10)
    assert (packed['data_samples'].ori_shape, packed['data_samples'].img_shape) == ((10, 5), (20, 10))
    plain = build_pipeline(config_of(LOAD, PACK), 'd.py')({'img': image, 'img_id': 0})
    np.testing.assert_array_equal(plain['inputs'], image.transpose(2, 0, 1))


def test_every_tensor_is_that_of_the_checkpoint(files: tuple[str, str], tmp_path: Path) -> None:
    path, checkpoint = files
    state = torch.load(checkpoint, weights_only=True)['state_dict']
    network = build_network(read_detector_config(path), path, checkpoint, 'cpu')
    assert not network.training
    found = network.state_dict()
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    # Alone, and as a distributed wrapper saves them.
    torch.save({f'module.{name}': value for name, value in state.items()}, tmp_path / 'w.pth')
    again = build_network(read_detector_config(path), path, str(tmp_path / 'w.pth'), 'cpu').state_dict()
    assert all(torch.equal(again[name], state[name]) for name in state)


def test_the_config_can_be_built_from_again(files: tuple[str, str]) -> None:
    config = read_detector_config(files[0])
    before = config.to_dict()
    build_network(config, *files, 'cpu')
    assert config.to_dict() == before


def test_norms_of_many_gpus_work_on_one(files: tuple[str, str]) -> None:
    config = read_detector_config(files[0])
    config.model.backbone.norm_cfg = {'type': 'SyncBN', 'requires_grad': True}
    names = {type(module).__name__ for module in build_network(config, *files, 'cpu').modules()}
    assert 'SyncBatchNorm' not in names


def changed(files: tuple[str, str], path: Path, **values: Any) -> str:
    """Another checkpoint: tensors by the names of their ends, None for those that are to be missing."""
    state = torch.load(files[1], weights_only=True)['state_dict']
    for end, value in values.items():
        name = next((name for name in state if name.endswith(end.replace('__', '.'))), end)
        state.pop(name, None) if value is None else state.update({name: value})
    torch.save({'state_dict': state}, path)
    return str(path)


def test_tensors_that_are_missing_or_of_another_shape(files: tuple[str, str], tmp_path: Path) -> None:
    config = read_detector_config(files[0])
    for value, part in ((None, '1 tensors are missing: bbox_head.rpn_cls.bias'), (torch.zeros(99), 'size mismatch')):
        path = changed(files, tmp_path / 'c.pth', rpn_cls__bias=value)
        with pytest.raises(CheckpointError, match='does not fit') as caught:
            build_network(config, files[0], path, 'cpu')
        assert part in caught.value.found
        assert (caught.value.where, files[0] in caught.value.expected) == (path, True)
    missing = changed(files, tmp_path / 'c.pth', rpn_cls__bias=None)
    build_network(config, files[0], missing, 'cpu', unused=('bbox_head.rpn_cls', 'mask'))
    with pytest.raises(CheckpointError, match='missing'):
        build_network(config, files[0], missing, 'cpu', unused=('rpn_cls',))


def test_tensors_that_have_no_place_are_told(files: tuple[str, str], tmp_path: Path) -> None:
    path = changed(files, tmp_path / 'c.pth', extra=torch.zeros(1))
    with pytest.warns(UserWarning, match='1 tensors have no place: extra'):
        build_network(read_detector_config(files[0]), files[0], path, 'cpu')


def test_a_network_that_cannot_be_built(files: tuple[str, str]) -> None:
    for change in ({'type': 'RPNN'}, {'backbone': {'type': 'ResNet', 'depth': 19}}, {'neck': {'type': 'FPN'}}):
        config = read_detector_config(files[0])
        config.model.update(change)
        with pytest.raises(ConfigError, match='cannot be built') as caught:
            build_network(config, *files, 'cpu')
        assert caught.value.where == f'{files[0]}: model'
        assert '\n' not in caught.value.found
