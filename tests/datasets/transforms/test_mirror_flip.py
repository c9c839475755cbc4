"""MirrorFlip: twice is nothing, and boxes stay on their pixels."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms import LoadImage, MirrorFlip
from mlkd.datasets.transforms.mirror_flip import mirrored
from mlkd.errors import ConfigError


def sample() -> dict:
    image = np.random.default_rng(0).integers(0, 100, (20, 31, 3), dtype=np.uint8)
    image[4:9, 3:12] = 255
    boxes = np.array([[3, 4, 12, 9], [0, 0, 31, 20], [2.5, 1, 7.25, 3]], np.float32)
    return LoadImage()({'render': image.copy, 'proposals': boxes, 'gt_bboxes': boxes.copy()})


def test_twice_is_the_identity() -> None:
    once, twice = MirrorFlip(1)(sample()), MirrorFlip(1)(MirrorFlip(1)(sample()))
    assert once['flip']
    assert not twice['flip']
    for key in ('img', 'proposals', 'gt_bboxes'):
        np.testing.assert_array_equal(twice[key], sample()[key])
        assert not np.array_equal(once[key], sample()[key])


def test_boxes_stay_on_the_pixels_they_marked() -> None:
    results = MirrorFlip(1)(sample())
    rows, columns = np.nonzero(results['img'][..., 0] == 255)
    painted = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_array_equal(results['proposals'][0], painted)
    np.testing.assert_array_equal(results['proposals'], results['gt_bboxes'])


def test_pixel_boxes_stay_on_their_pixels_too() -> None:
    """A box that names its last pixel: the same painted pixels, one less at the right."""
    before = sample()
    before['proposals'] = np.array([[3, 4, 11, 8]], np.float32)
    results = MirrorFlip(1, pixel_boxes=True)(before)
    _, columns = np.nonzero(results['img'][..., 0] == 255)
    assert results['proposals'][0, [0, 2]].tolist() == [columns.min(), columns.max()]
    np.testing.assert_array_equal(results['gt_bboxes'], MirrorFlip(1)(sample())['gt_bboxes'])
    np.testing.assert_array_equal(MirrorFlip(1, pixel_boxes=True)(results)['proposals'], [[3, 4, 11, 8]])


def test_vector_of_the_reference_implementation() -> None:
    boxes = np.array([[100, 50, 300, 333]], np.float32)
    np.testing.assert_array_equal(mirrored(boxes, 672, pixel_boxes=True), [[371, 50, 571, 333]])
    np.testing.assert_array_equal(mirrored(boxes + 0.9, 672, pixel_boxes=True), [[371, 50, 571, 333]])
    np.testing.assert_array_equal(mirrored(boxes, 672), [[372, 50, 572, 333]])
    np.testing.assert_array_equal(boxes, [[100, 50, 300, 333]])


def test_probability() -> None:
    np.random.seed(0)  # noqa: NPY002 - the generator that transforms draw from
    flipped = [MirrorFlip(0.3)(sample())['flip'] for _ in range(1000)]
    assert 0.25 < np.mean(flipped) < 0.35
    assert not any(MirrorFlip(0)(sample())['flip'] for _ in range(20))
    with pytest.raises(ConfigError, match=r'MirrorFlip\.prob'):
        MirrorFlip(1.5)
