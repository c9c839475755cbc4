"""The pointing game, boxes against masks of the same pixels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mlkd.evaluation.functional import highest_pixel, points_at_boxes, points_at_mask


def test_the_middle_of_a_plateau() -> None:
    cam = np.zeros((5, 7))
    cam[:3, 2:7] = 1
    assert highest_pixel(cam) == (4.5, 1.5)
    assert highest_pixel(np.full((3, 3), -2.0)) == (1.5, 1.5)


@pytest.mark.parametrize(('x', 'hit'), [(14.5, True), (24.5, True), (29.5, True), (30.5, False)])
def test_the_tolerance_reaches_so_far(x: float, hit: bool) -> None:
    box = np.array([[5.0, 5, 15, 15]])
    assert points_at_boxes((x, 10.5), box).tolist() == [hit]


def test_the_tolerance_is_round_at_corners() -> None:
    box = np.array([[0.0, 0, 10, 10]])
    # From the centre of the last pixel, (9.5, 9.5): 12 and 9 are 15 away, 12 and 10 more.
    assert points_at_boxes((21.5, 18.5), box).tolist() == [True]
    assert points_at_boxes((21.5, 19.5), box).tolist() == [False]


def test_without_tolerance_and_without_boxes() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [10, 0, 20, 10]])
    assert points_at_boxes((9.5, 4.5), boxes, 0).tolist() == [True, False]
    assert points_at_boxes((9.5, 4.5), np.zeros((0, 4))).tolist() == []
    assert not points_at_mask((1.5, 1.5), np.zeros((4, 4), bool))


def test_boxes_and_masks_of_their_pixels_agree_with_a_distance_transform() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        x1, y1 = rng.integers(0, 40, 2)
        x2, y2 = x1 + rng.integers(1, 20), y1 + rng.integers(1, 20)
        mask = np.zeros((70, 70), bool)
        mask[y1:y2, x1:x2] = True
        row, column = rng.integers(0, 70, 2)
        tolerance = float(rng.integers(0, 30))
        expected = bool(ndimage.distance_transform_edt(~mask)[row, column] <= tolerance)
        point = (column + 0.5, row + 0.5)
        assert points_at_mask(point, mask, tolerance) == expected
        assert points_at_boxes(point, np.array([[x1, y1, x2, y2]]), tolerance).tolist() == [expected]
        hits += expected
    assert 20 < hits < 180
