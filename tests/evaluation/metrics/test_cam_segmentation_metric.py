"""Class maps against masks: scikit-learn, files as they come, messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from box_samples import evaluate
from cam_samples import SIZE, block, cam_sample
from PIL import Image
from sklearn.metrics import jaccard_score

from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.structures import MultiLabelDataSample

SEG = {'type': 'CAMSegmentationMetric', 'classes': 'abc'}


def write_mask(root: Path, name: str, mask: np.ndarray, folder: str = 'SegmentationClass') -> Path:
    """As VOC's: values are indices into a palette."""
    path = root / folder / f'{name}.png'
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(mask.astype(np.uint8), mode='P')
    image.putpalette([7 * i % 256 for i in range(768)])
    image.save(path)
    return path


def sample_of(root: Path, name: str, objects: list[tuple], maps: np.ndarray) -> MultiLabelDataSample:
    key = f'JPEGImages/{name}.jpg'
    return cam_sample(objects, maps, img_path=str(root / key), img_key=key)


def random_set(root: Path, images: int = 4) -> tuple[list[MultiLabelDataSample], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    samples, masks, maps = [], [], []
    for index in range(images):
        mask = rng.choice([0, 1, 2, 255], SIZE)
        cams = rng.normal(size=(3, *SIZE))
        write_mask(root, str(index), mask)
        samples.append(sample_of(root, str(index), [(0, 0, 0, 0, 9, 9), (1, 0, 0, 0, 9, 9)], cams))
        masks.append(mask)
        maps.append(np.clip(cams, 0, None) / cams.max((1, 2), keepdims=True))
    return samples, np.stack(masks), np.stack(maps)


def test_as_scikit_learn(tmp_path: Path) -> None:
    samples, masks, maps = random_set(tmp_path)
    numbers, metric = evaluate(samples, **SEG, threshold=0.35)
    means = {}
    for threshold in [*(i / 20 for i in range(1, 16))]:
        # The third class is not labelled.
        background = np.full((len(maps), 1, *SIZE), threshold)
        found = np.concatenate([background, maps[:, :2]], 1).argmax(1)
        counted = masks != 255
        means[threshold] = 100 * jaccard_score(masks[counted], found[counted], labels=[0, 1, 2], average='macro')
    assert numbers['seg/mIoU'] == pytest.approx(means[0.35])
    assert numbers['seg/mIoU_best'] == pytest.approx(max(means.values()))
    assert numbers['seg/threshold'] == pytest.approx(100 * max(means, key=means.__getitem__))
    assert [row['name'] for row in metric.last_report['classes']] == ['background', 'a', 'b', 'c']
    assert metric.last_report['left_out'] == ['c']


def test_pointing_at_masks(tmp_path: Path) -> None:
    mask = np.zeros(SIZE, int)
    mask[:10, :10], mask[50:, 70:] = 1, 2
    write_mask(tmp_path, 'x', mask)
    maps = np.stack([block(0, 0, 4, 4), block(0, 0, 4, 4), block(0, 0, 4, 4)])
    sample = sample_of(tmp_path, 'x', [(0, 0, 0, 0, 9, 9), (1, 0, 0, 0, 9, 9)], maps)
    assert evaluate([sample], **SEG)[0]['seg/pointing'] == 50


def test_images_without_a_mask_do_not_count(tmp_path: Path) -> None:
    samples, _, _ = random_set(tmp_path, 2)
    bare = sample_of(tmp_path, 'bare', [(0, 0, 0, 0, 9, 9)], np.zeros((3, *SIZE)))
    numbers, metric = evaluate([*samples, bare], **SEG)
    assert numbers == evaluate(samples, **SEG)[0]
    assert (metric.last_report['images'], metric.last_report['without_mask']) == (2, 1)


def test_no_mask_at_all(tmp_path: Path) -> None:
    bare = sample_of(tmp_path, 'bare', [(0, 0, 0, 0, 9, 9)], np.zeros((3, *SIZE)))
    with pytest.raises(DataError, match='No image has a mask') as caught:
        evaluate([bare], **SEG)
    assert str(tmp_path / 'SegmentationClass' / 'bare.png') in str(caught.value.expected)
    assert evaluate([bare], **SEG, required=False)[0] == {}


def test_another_folder_and_an_image_without_label(tmp_path: Path) -> None:
    write_mask(tmp_path, 'x', np.zeros(SIZE, int), 'SegmentationClassAug')
    sample = sample_of(tmp_path, 'x', [], np.ones((3, *SIZE)))
    assert evaluate([sample], **SEG, folder='SegmentationClassAug')[0]['seg/mIoU'] == 100


@pytest.mark.parametrize('kind', ['size', 'value', 'coloured', 'cut'])
def test_masks_that_are_none(tmp_path: Path, kind: str) -> None:
    mask = np.zeros((5, 5) if kind == 'size' else SIZE, int)
    mask[0, 0] = 4 if kind == 'value' else 1
    path = write_mask(tmp_path, 'x', mask)
    if kind == 'coloured':
        Image.open(path).convert('RGB').save(path)
    if kind == 'cut':
        path.write_bytes(path.read_bytes()[:60])
    text = {'value': 'value of no class', 'cut': 'cannot be read'}.get(kind, 'not that of its image')
    with pytest.raises(DataError, match=text) as caught:
        evaluate([sample_of(tmp_path, 'x', [(0, 0, 0, 0, 9, 9)], np.ones((3, *SIZE)))], **SEG)
    assert caught.value.where == path


def test_masks_that_are_all_void(tmp_path: Path) -> None:
    write_mask(tmp_path, 'a', np.full(SIZE, 255))
    sample = sample_of(tmp_path, 'a', [(0, 0, 0, 0, 9, 9)], np.stack([block(0, 0, 9, 9)] * 3))
    numbers, _ = evaluate([sample], **SEG)
    assert all(np.isnan(numbers[f'seg/{key}']) for key in ('mIoU', 'mIoU_best', 'pointing'))


def test_maps_that_are_not_finite(tmp_path: Path) -> None:
    write_mask(tmp_path, 'a', np.zeros(SIZE))
    sample = sample_of(tmp_path, 'a', [(0, 0, 0, 0, 9, 9)], np.full((3, *SIZE), np.nan))
    with pytest.raises(MLKDError, match='not finite') as caught:
        evaluate([sample], **SEG)
    assert str(caught.value.where).endswith('a.jpg')


def test_without_maps(tmp_path: Path) -> None:
    samples, _, _ = random_set(tmp_path, 1)
    del samples[0].pred_maps
    with pytest.raises(MLKDError, match='has none'):
        evaluate(samples, **SEG)


@pytest.mark.parametrize('config', [{'threshold': 1}, {'tolerance': -1}])
def test_wrong_settings_are_named(config: dict) -> None:
    with pytest.raises(ConfigError, match='CAMSegmentationMetric') as caught:
        evaluate([], **SEG, **config)
    assert caught.value.where == next(iter(config))
