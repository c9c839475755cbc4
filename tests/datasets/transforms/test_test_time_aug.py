"""The views of an image: their boxes against boxes moved by hand."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.dataset import Compose

from mlkd.datasets.transforms import LoadImage, MirrorFlip
from mlkd.errors import ConfigError
from mlkd.models.detectors.detections import boxes_in_original
from mlkd.registry import TRANSFORMS

PACK = {'type': 'PackMultiLabel'}
MIRRORS = [{'type': 'MirrorFlip', 'prob': 0.0}, {'type': 'MirrorFlip', 'prob': 1.0}]
RESIZES = [
    {'type': 'ResizeLongSide', 'sizes': 480},
    {'type': 'ResizeLongSide', 'sizes': 1200},
    {'type': 'ResizeShortSide', 'sizes': 300, 'max_long': 500},
    {'type': 'Warp', 'size': 672},
    {'type': 'Warp', 'size': (100, 333)},
]


def image_with_boxes(height: int, width: int, count: int, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    low = rng.uniform(0, [width - 2, height - 2], (count, 2))
    high = rng.uniform(low + 1, [width, height])
    boxes = np.concatenate([low, high], 1).astype(np.float32)
    scores = rng.random(count, np.float32)
    return {'render': image.copy, 'img_path': 'a.jpg', 'proposals': boxes, 'proposal_scores': scores}


def size_by_hand(resize: dict[str, Any], height: int, width: int) -> tuple[int, int]:
    if resize['type'] == 'Warp':
        size = resize['size']
        return (size, size) if isinstance(size, int) else size
    if resize['type'] == 'ResizeLongSide':
        factor = resize['sizes'] / max(height, width)
    else:
        factor = min(resize['sizes'] / min(height, width), resize['max_long'] / max(height, width))
    return round(height * factor), round(width * factor)


@pytest.mark.parametrize(('height', 'width'), [(375, 500), (500, 333), (97, 640), (61, 61)])
def test_boxes_of_each_view_are_those_moved_by_hand(height: int, width: int) -> None:
    step = TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': [RESIZES, MIRRORS, [PACK]]})
    loaded = LoadImage()(image_with_boxes(height, width, 25))
    original, pixels = loaded['proposals'].copy(), loaded['img'].copy()
    views = step(loaded)
    assert len(views['inputs']) == len(views['data_samples']) == 10
    for (resize, flipped), frame, sample in zip(
        itertools.product(RESIZES, (False, True)), views['inputs'], views['data_samples'], strict=True
    ):
        h, w = size_by_hand(resize, height, width)
        wanted = []
        for x1, y1, x2, y2 in original.astype(np.float64):
            left, right = x1 * w / width, x2 * w / width
            left, right = (w - right, w - left) if flipped else (left, right)
            wanted.append([left, y1 * h / height, right, y2 * h / height])
        np.testing.assert_allclose(sample.proposals.bboxes.numpy(), wanted, rtol=0, atol=1e-3)
        np.testing.assert_allclose(boxes_in_original(sample.proposals.bboxes, sample), original, rtol=0, atol=1e-2)
        np.testing.assert_array_equal(sample.proposals.scores, loaded['proposal_scores'])
        shown = cv2.resize(pixels, (w, h), interpolation=cv2.INTER_LINEAR)
        np.testing.assert_array_equal(frame.permute(1, 2, 0), shown[:, ::-1] if flipped else shown)
        assert (tuple(sample.img_shape), sample.flip) == ((h, w), flipped)
    np.testing.assert_array_equal(loaded['proposals'], original)


def test_an_image_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    entry = image_with_boxes(40, 50, 3)
    draw = entry['render']
    entry['render'] = lambda: reads.append(1) or draw()
    views = {'type': 'TestTimeAug', 'transforms': [RESIZES, MIRRORS, [PACK]]}
    pipeline = Compose([TRANSFORMS.build(step) for step in ({'type': 'LoadImage'}, views)])
    assert len(pipeline(entry)['inputs']) == 10
    assert len(reads) == 1


@pytest.mark.parametrize('count', [0, 1])
def test_few_proposals(count: int) -> None:
    step = TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': [RESIZES, MIRRORS, [PACK]]})
    for sample in step(LoadImage()(image_with_boxes(60, 80, count)))['data_samples']:
        assert sample.proposals.bboxes.shape == (count, 4)


def test_the_config_stays_as_it_was() -> None:
    config = {'type': 'TestTimeAug', 'transforms': [RESIZES, MIRRORS, [PACK]]}
    before = copy.deepcopy(config)
    TRANSFORMS.build(config)
    assert config == before


def test_transforms_may_be_built_already() -> None:
    step = TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': [[MirrorFlip(1.0)], [PACK]]})
    assert step(LoadImage()(image_with_boxes(6, 8, 2)))['data_samples'][0].flip


@pytest.mark.parametrize('transforms', [[], [[]], [RESIZES, [], [PACK]]])
def test_no_view(transforms: list) -> None:
    with pytest.raises(ConfigError, match='no view'):
        TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': transforms})


@pytest.mark.parametrize(
    ('step', 'found'),
    [
        ({'type': 'MirrorFlip'}, 'prob=0.5'),
        ({'type': 'ResizeLongSide', 'sizes': (480, 576)}, 'sizes=[480, 576]'),
        ({'type': 'ResizeShortSide', 'sizes': (480, 576)}, 'sizes=[480, 576]'),
    ],
)
def test_views_are_not_drawn_at_random(step: dict, found: str) -> None:
    with pytest.raises(ConfigError, match='at random') as caught:
        TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': [[step], [PACK]]})
    assert found in caught.value.found
    assert step['type'] in caught.value.where
