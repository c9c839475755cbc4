"""Selective Search: right boxes, the same every time, for any image."""

from __future__ import annotations

import pickle
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest
from torch import as_tensor
from torchvision.ops import box_iou

from mlkd.errors import ConfigError
from mlkd.proposals import SelectiveSearch
from mlkd.proposals.checks import check_boxes

VOC = Path(__file__).parents[3] / 'data/voc07_mini/VOCdevkit/VOC2007'


def _scene(height: int = 240, width: int = 320) -> tuple[np.ndarray, np.ndarray]:
    """Three coloured objects on a textured ground, and their boxes."""
    random = np.random.default_rng(0)
    image = random.normal(120, 6, (height, width, 3)).clip(0, 255).astype(np.uint8)
    boxes = np.array([[20, 30, 100, 90], [150, 60, 260, 200], [40, 140, 110, 220]])
    for (x1, y1, x2, y2), colour in zip(boxes.tolist(), [(250, 40, 40), (30, 200, 60), (40, 50, 240)], strict=True):
        image[y1:y2, x1:x2] = colour
    return image, boxes


def _recall(truth: np.ndarray, boxes: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    return (box_iou(as_tensor(truth).float(), as_tensor(boxes)).max(1).values >= threshold).numpy()


@pytest.mark.parametrize('settings', [{}, {'short_side': 120}, {'mode': 'quality', 'short_side': 80}])
def test_finds_the_objects_in_pixels_of_the_image_given(settings: dict) -> None:
    image, truth = _scene()
    boxes, scores = SelectiveSearch(**settings)(image)
    check_boxes('scene', boxes, scores, image.shape[:2])
    assert _recall(truth, boxes[:20], 0.8).all()
    assert (boxes.dtype, scores.dtype) == (np.float32, np.float32)
    assert (scores == 1).all()
    assert len(np.unique(boxes, axis=0)) == len(boxes)


def test_same_boxes_in_the_same_order_in_any_process() -> None:
    """OpenCV draws the order from the C library's generator, whose state is another at each call."""
    image, _ = _scene()
    first = SelectiveSearch()(image)[0]
    np.testing.assert_array_equal(SelectiveSearch()(image)[0], first)
    code = (
        'import sys, pickle; call, image = pickle.load(sys.stdin.buffer); '
        'sys.stdout.buffer.write(call(image)[0].tobytes())'
    )
    sent = pickle.dumps((SelectiveSearch(), image))
    done = subprocess.run(
        [sys.executable, '-c', code],
        input=sent,
        capture_output=True,
        check=True,
        env={'PYTHONPATH': ':'.join(sys.path)},
    )
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.float32).reshape(-1, 4), first)


def test_max_boxes_are_the_first() -> None:
    image, _ = _scene()
    every = SelectiveSearch()(image)[0]
    np.testing.assert_array_equal(SelectiveSearch(max_boxes=7)(image)[0], every[:7])


def test_min_size_is_in_pixels_of_the_image_given() -> None:
    image, _ = _scene()
    every = SelectiveSearch(short_side=100)(image)[0]
    large = SelectiveSearch(short_side=100, min_size=40)(image)[0]
    sides = every[:, 2:] - every[:, :2]
    np.testing.assert_array_equal(large, every[(sides >= 40).all(1)])
    assert 0 < len(large) < len(every)


@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (2, 2), (3, 500), (500, 3), (30, 30), (210, 211)])
@pytest.mark.parametrize('plain', [True, False])
def test_any_image_has_at_least_one_box(shape: tuple[int, int], plain: bool) -> None:
    random = np.random.default_rng(0)
    image = np.full((*shape, 3), 128, np.uint8) if plain else random.integers(0, 256, (*shape, 3), dtype=np.uint8)
    boxes, scores = SelectiveSearch()(image)
    check_boxes('image', boxes, scores, shape)
    assert len(boxes) >= 1
    if plain:
        assert boxes.tolist() == [[0, 0, shape[1], shape[0]]]


def test_a_panorama_is_segmented_in_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time grows with the square of the length: an image of 2 x 12,000 pixels would take minutes."""
    sides = []
    segment = SelectiveSearch._segment

    def seen(self: SelectiveSearch, image: np.ndarray) -> np.ndarray:
        sides.append(image.shape[:2])
        return segment(self, image)

    monkeypatch.setattr(SelectiveSearch, '_segment', seen)
    image = np.random.default_rng(0).integers(0, 255, (12000, 2, 3), dtype=np.uint8)
    boxes, scores = SelectiveSearch(short_side=20)(image)
    check_boxes('panorama', boxes, scores, image.shape[:2])
    assert boxes[:, 3].max() == 12000
    SelectiveSearch(short_side=20)(image[:100, [0, 1] * 10])
    assert sides == [(100, 1), (100, 20)]


def test_whole_image_where_all_boxes_are_too_small() -> None:
    image, _ = _scene(60, 80)
    assert SelectiveSearch(min_size=1000)(image)[0].tolist() == [[0, 0, 80, 60]]


@pytest.mark.parametrize(
    'settings', [{'mode': 'slow'}, {'short_side': 0}, {'min_size': -1}, {'max_boxes': 0}], ids=lambda s: next(iter(s))
)
def test_setting_out_of_range_is_named(settings: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        SelectiveSearch(**settings)
    name, value = next(iter(settings.items()))
    assert caught.value.where == f'SelectiveSearch.{name}'
    assert caught.value.found == value


@pytest.mark.skipif(not VOC.is_dir(), reason='needs data/voc07_mini')
def test_first_boxes_cover_real_objects() -> None:
    names = (VOC / 'ImageSets/Main/mini_trainval.txt').read_text().split()[::100]
    covered = []
    for name in names:
        objects = ElementTree.parse(VOC / f'Annotations/{name}.xml').findall('object')
        truth = [
            [float(box.find('bndbox').findtext(side)) for side in ('xmin', 'ymin', 'xmax', 'ymax')] for box in objects
        ]
        covered.append(
            _recall(np.array(truth), SelectiveSearch()(cv2.imread(str(VOC / f'JPEGImages/{name}.jpg')))[0][:100])
        )
    assert np.concatenate(covered).mean() > 0.65
