"""Labels of photos from one file: any photo that people have, any network of the zoo."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from odd_images import RGB, tolerance, write_broken, write_good
from PIL import Image
from published_toy import CLASSES, PIPELINE, description, images, network

from mlkd.apis.inferencer import MultiLabelInferencer
from mlkd.errors import ConfigError, DataError
from mlkd.published import StudentDescription, load_student, plain_model, plain_pipeline, write_student
from mlkd.registry import MODELS

MODEL_CONFIGS = sorted((Path(__file__).parents[2] / 'configs' / '_base_' / 'models').glob('*.py'))


@pytest.fixture(scope='module')
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('student') / 'student.safetensors'
    # Thresholds that tell the labels apart.
    return write_student(path, network().state_dict(), description(thresholds=(0.0, 0.5, 1.0)))


@pytest.fixture(scope='module')
def inferencer(student: Path) -> MultiLabelInferencer:
    return MultiLabelInferencer(student, 'cpu')


def save(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path, image in zip(paths, images(*[(20 + 7 * i, 30) for i in range(len(paths))]), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), image)
    return paths


def test_files_folders_and_arrays(inferencer: MultiLabelInferencer, tmp_path: Path) -> None:
    paths = save(tmp_path, 'a.png', 'more/b.png', 'more/c.png')
    arrays = [cv2.imread(str(path)) for path in paths]
    by_path, by_array = inferencer([paths[0], tmp_path / 'more']), inferencer(arrays)
    assert [result.photo for result in by_path] == paths
    assert [result.photo for result in by_array] == [Path('0'), Path('1'), Path('2')]
    for one, other, array in zip(by_path, by_array, arrays, strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)
        alone = inferencer(array)[0]
        np.testing.assert_allclose(alone.scores, one.scores, atol=1e-6)
        assert list(one.labels)[-1:] != ['blue']
        assert one.labels.keys() == {c for c, s, t in zip(CLASSES, one.scores, (0, 0.5, 1), strict=True) if s > t}
    assert len(inferencer(str(tmp_path / '**' / '*.png'))) == 3
    assert by_path.broken == by_array.broken == {}


@pytest.mark.parametrize('batch_size', [1, 2, 5, 100])
def test_batches_of_any_size_say_the_same(inferencer: MultiLabelInferencer, batch_size: int) -> None:
    photos = images(*[(16 + i, 40 - i) for i in range(5)])
    for one, other in zip(inferencer(photos, batch_size=batch_size), inferencer(photos), strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_thresholds(inferencer: MultiLabelInferencer) -> None:
    photo = images((20, 30))[0]
    assert inferencer(photo)[0].thresholds.tolist() == [0, 0.5, 1]
    assert set(inferencer(photo, threshold=0.0)[0].labels) == set(CLASSES)
    assert list(inferencer(photo, threshold=[1, 0, 1])[0].labels) == ['green']
    for wrong in ([0.5], 'high', float('nan')):
        with pytest.raises((ConfigError, ValueError)):
            inferencer(photo, threshold=wrong)
    with pytest.raises(ConfigError, match='batch_size'):
        inferencer(photo, batch_size=0)


def test_broken_photos_are_listed_and_cost_nothing_else(inferencer: MultiLabelInferencer, tmp_path: Path) -> None:
    good = save(tmp_path, 'a.png', 'z.png')
    (tmp_path / 'text.jpg').write_text('I am no photo')
    broken = {path: said for path, said in write_broken(tmp_path).items() if path.is_file() or path.is_symlink()}
    results = inferencer(tmp_path, batch_size=3)
    assert [result.photo for result in results] == good
    assert results.broken.keys() == {*broken, tmp_path / 'text.jpg'}
    for path, said in broken.items():
        assert said in str(results.broken[path]).lower()
    some = inferencer([*images((9, 9)), np.zeros((3, 3)), *images((8, 8))])
    assert [result.photo for result in some] == [Path('0'), Path('2')]
    assert list(some.broken) == [Path('1')]


def test_photos_of_all_kinds_score_as_the_same_picture_in_plain_colours(
    inferencer: MultiLabelInferencer, tmp_path: Path
) -> None:
    """Grey, CMYK, 16 bits, palette, transparent, animated, progressive, turned by a camera."""
    pixels = write_good(tmp_path)
    for path, rgb in pixels.items():
        seen = inferencer(path)[0].scores
        if path.name == 'turned.jpeg':
            rgb = np.rot90(rgb, -1)
        plain = inferencer(np.ascontiguousarray(rgb[..., ::-1]))[0].scores
        np.testing.assert_allclose(seen, plain, atol=0.01 if tolerance(path) else 1e-6, err_msg=path.name)
    # The pictures are told apart at that: the negative of one scores otherwise.
    far = np.abs(inferencer(255 - RGB[..., ::-1])[0].scores - inferencer(RGB[..., ::-1].copy())[0].scores)
    assert far.max() > 0.05


@pytest.mark.parametrize('orientation', range(1, 9))
def test_every_way_to_hold_a_camera(inferencer: MultiLabelInferencer, tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(RGB)
    back = {1: (), 2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (2,), 7: (6,), 8: (4,)}[orientation]
    stored = upright
    for method in back:
        stored = stored.transpose(Image.Transpose(method))
    exif = Image.Exif()
    exif[274] = orientation
    stored.save(tmp_path / 'a.png', exif=exif)
    stored.save(tmp_path / 'a.jpg', exif=exif, quality=95)
    upright.save(tmp_path / 'plain.jpg', quality=95)
    plain = inferencer(tmp_path / 'plain.jpg')[0].scores
    np.testing.assert_allclose(inferencer(tmp_path / 'a.jpg')[0].scores, plain, atol=0.01)


def test_fifty_megapixels(inferencer: MultiLabelInferencer, tmp_path: Path) -> None:
    small = cv2.resize(RGB[..., ::-1], (360, 240), interpolation=cv2.INTER_CUBIC)
    large = cv2.resize(small, (8660, 5774), interpolation=cv2.INTER_LINEAR)
    assert large.shape[0] * large.shape[1] > 50_000_000
    assert cv2.imwrite(str(tmp_path / 'large.jpg'), large, [cv2.IMWRITE_JPEG_QUALITY, 80])
    results = inferencer([tmp_path / 'large.jpg'])
    np.testing.assert_allclose(results[0].scores, inferencer(small)[0].scores, atol=0.02)


def test_no_photo(inferencer: MultiLabelInferencer, tmp_path: Path) -> None:
    for paths in (tmp_path, tmp_path / 'none.jpg', str(tmp_path / '*.jpg')):
        with pytest.raises(DataError):
            inferencer(paths)
    assert inferencer([]) == []


def test_a_network_that_is_loaded_already(student: Path) -> None:
    loaded = load_student(student, 'cpu')
    photo = images((20, 30))[0]
    np.testing.assert_array_equal(
        MultiLabelInferencer(loaded)(photo)[0].scores, MultiLabelInferencer(str(student), 'cpu')(photo)[0].scores
    )
    assert MultiLabelInferencer(loaded).classes == CLASSES


_SMALL_HEADS = {
    'MSRNHead': {'mlp_channels': 32},
    'LabelTokenHead': {'depth': 1, 'dims': 16, 'head_dims': 16, 'mlp_dims': 16},
    'LabelQueryHead': {'dims': 16, 'ffn_dims': 16},
}


def small(config: dict[str, Any]) -> dict[str, Any]:
    """The same network at a size that runs in a moment, where its config allows it."""
    config = copy.deepcopy(config)
    backbone, head = config['backbone'], config.get('head') or {}
    if backbone['type'] in ('ResNet', 'ResNeXt') and backbone['depth'] == 101:
        backbone['depth'] = 50
    if backbone['type'] == 'TimmBackbone':
        backbone['name'] = 'tresnet_m'
        head['in_channels'] = 2048
    head.update(_SMALL_HEADS.get(head.get('type'), {}))
    for neck in (config.get('neck') or {}, config.get('roi_head') or {}):
        if neck.get('type') in ('FC67', 'VGGNeck'):
            neck['hidden_channels'] = 16
            config.get('head', config.get('bbox_head'))['in_channels'] = 16
            if neck['type'] == 'VGGNeck':
                neck['roi_size'] = 2
    if config['data_preprocessor'].get('size') is not None:
        config['data_preprocessor']['size'] = 64
    return config


@pytest.mark.parametrize('path', MODEL_CONFIGS, ids=lambda path: path.stem)
def test_every_network_of_the_zoo(path: Path, tmp_path: Path) -> None:
    """From its config to a file, and from the file alone to labels that are those of the network."""
    for role, config in Config.fromfile(path).models.items():
        config = small(config.to_dict())
        if config['backbone']['type'] == 'TimmBackbone':
            pytest.importorskip('timm')
        config.pop('feature_cache', None)
        torch.manual_seed(0)
        net = MODELS.build(copy.deepcopy(config)).eval()
        for module in net.modules():
            # What a checkpoint of training would have told it.
            if hasattr(module, '_known') and hasattr(module, 'adjacency'):
                module._known = True
        count = getattr(net, 'head', getattr(net, 'bbox_head', None)).num_classes
        needs = getattr(net, 'needs_proposals', False)
        steps = [{'type': 'LoadImage'}, {'type': 'TopProposals', 'n': 4}, {'type': 'Warp', 'size': 64}, PIPELINE[-1]]
        described = StudentDescription(
            tuple(f'label {k}' for k in range(count)),
            plain_model(config),
            plain_pipeline(steps, needs),
            proposals={'type': 'SlidingWindows', 'stride': 0.5} if needs else None,
        )
        inferencer = MultiLabelInferencer(write_student(tmp_path / 's', net.state_dict(), described), 'cpu')
        photos = images((64, 64), (64, 64))
        results = inferencer(photos)
        assert [result.scores.shape for result in results] == [(count,)] * 2, role
        assert all((result.boxes is not None) == needs for result in results)
        if not needs:
            inputs = torch.stack([torch.from_numpy(photo).permute(2, 0, 1) for photo in photos])
            with torch.no_grad():
                wanted = net.test_step({'inputs': inputs, 'data_samples': None})
            for result, sample in zip(results, wanted, strict=True):
                np.testing.assert_allclose(result.scores, sample.pred_score.numpy(), atol=1e-5)
