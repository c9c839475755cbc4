"""Boxes on a grid."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import ConfigError
from mlkd.proposals import SlidingWindows
from mlkd.proposals.checks import check_boxes


def _image(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_a_grid_by_hand() -> None:
    boxes, scores = SlidingWindows(scales=[0.5], ratios=[1], stride=0.5)(_image(40, 40))
    assert (boxes[0].tolist(), scores[0]) == ([0, 0, 40, 40], 1)
    boxes, scores = boxes[1:], scores[1:]
    corners = sorted(map(tuple, boxes[:, :2].tolist()))
    assert corners == [(x, y) for x in (0, 10, 20) for y in (0, 10, 20)]
    assert (boxes[:, 2:] - boxes[:, :2] == 20).all()
    assert boxes[0].tolist() == [10, 10, 30, 30]
    # The centre has the prior of its scale; a neighbour is a quarter of the image away, one standard deviation.
    np.testing.assert_allclose(scores[:5], 0.5 * np.exp([0, -0.5, -0.5, -0.5, -0.5]), rtol=1e-6)


def test_scales_and_ratios_are_those_asked_for() -> None:
    boxes, _ = SlidingWindows(scales=[0.3], ratios=[0.5, 2])(_image(100, 160))
    boxes = boxes[1:]
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    np.testing.assert_allclose(width * height, 0.09 * 16000, rtol=1e-4)
    assert sorted(set(np.round(width / height, 3).tolist())) == [0.5, 2]
    assert (boxes.min(0)[:2].tolist(), boxes.max(0)[2:].tolist()) == ([0, 0], [160, 100])


def test_any_box_of_a_size_on_the_grid_is_covered() -> None:
    """With a stride of a quarter a box is at most an eighth off either way: IoU >= (7/8)^2 / (2 - (7/8)^2) = 0.62."""
    boxes, _ = SlidingWindows(scales=[0.25], ratios=[1], max_boxes=10000)(_image(200, 200))
    random, boxes = np.random.default_rng(0), boxes[1:]
    for x, y in random.uniform(0, 150, (200, 2)):
        inter = np.clip(50 - abs(boxes[:, 0] - x), 0, None) * np.clip(50 - abs(boxes[:, 1] - y), 0, None)
        assert (inter / (5000 - inter)).max() >= 0.62


@pytest.mark.parametrize('shape', [(1, 1), (3, 2000), (2000, 3), (7, 5), (300, 500)])
def test_any_image_gets_valid_boxes_the_whole_one_among_them(shape: tuple[int, int]) -> None:
    boxes, scores = SlidingWindows(max_boxes=300)(_image(*shape))
    check_boxes('image', boxes, scores, shape)
    assert len(boxes) <= 300
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    assert boxes[0].tolist() == [0, 0, shape[1], shape[0]]


def test_no_box_is_shorter_than_a_pixel() -> None:
    for size in ((1, 1), (3, 4), (1, 300)):
        boxes, _ = SlidingWindows()(_image(*size))
        assert (boxes[:, 2:] - boxes[:, :2] >= 1 - 1e-4).all()
    assert SlidingWindows()(_image(1, 1))[0].tolist() == [[0, 0, 1, 1]]


def test_uniform_scores_in_the_same_order() -> None:
    boxes, _ = SlidingWindows()(_image(60, 90))
    same, scores = SlidingWindows(score='uniform')(_image(60, 90))
    np.testing.assert_array_equal(same, boxes)
    assert set(scores.tolist()) == {1}


@pytest.mark.parametrize(
    'settings',
    [{'scales': []}, {'scales': [0.5, 2]}, {'ratios': [0]}, {'stride': 0}, {'score': 'x'}, {'max_boxes': 0}],
    ids=str,
)
def test_setting_out_of_range_is_named(settings: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        SlidingWindows(**settings)
    assert caught.value.where == f'SlidingWindows.{next(iter(settings))}'
