from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms.boxes import map_boxes, rescaled, warp_boxes

IDENTITY = np.eye(2, 3)


def sample(proposals: list, size: tuple[int, int] = (40, 60), **others: object) -> dict:
    boxes = np.array(proposals, np.float32).reshape(-1, 4)
    return {'img_shape': size, 'proposals': boxes, 'proposal_scores': np.arange(len(boxes), dtype=np.float32), **others}


def test_a_function_meets_the_boxes_that_are_there() -> None:
    results = sample([[0, 0, 2, 2]])
    map_boxes(results, lambda boxes: boxes * 2)
    assert results['proposals'].tolist() == [[0, 0, 4, 4]]
    assert 'gt_bboxes' not in results
    map_boxes(results, lambda boxes: boxes * 2, keys=('gt_bboxes',))
    assert results['proposals'].tolist() == [[0, 0, 4, 4]]


def test_a_quarter_turn() -> None:
    # (x, y) -> (40 - y, x): an image of 60 x 40 becomes one of 40 x 60.
    results = sample([[10, 5, 30, 25]], (60, 40))
    warp_boxes(results, np.array([[0.0, -1, 40], [1, 0, 0]]))
    np.testing.assert_allclose(results['proposals'], [[15, 10, 35, 30]])


def test_around_a_turned_box_lies_the_smallest_upright_one() -> None:
    cos = np.sqrt(0.5)
    # A square of side 10 about (30, 20), turned by 45 degrees about its centre: its diagonal is the new side.
    matrix = np.array([[cos, -cos, 30 - cos * 30 + cos * 20], [cos, cos, 20 - cos * 30 - cos * 20]])
    results = sample([[25, 15, 35, 25]])
    warp_boxes(results, matrix)
    half = 5 * np.sqrt(2)
    np.testing.assert_allclose(results['proposals'], [[30 - half, 20 - half, 30 + half, 20 + half]])


def test_what_leaves_the_image_goes_with_all_that_belongs_to_it() -> None:
    results = sample(
        [[0, 0, 10, 10], [50, 0, 60, 10], [40.5, 0, 51, 10]],
        gt_bboxes=np.array([[55.0, 0, 60, 40], [0, 0, 20, 20]], np.float32),
        gt_bboxes_labels=np.array([3, 7]),
        gt_ignore_flags=np.array([True, False]),
    )
    warp_boxes(results, np.array([[1.0, 0, 10], [0, 1, 0]]))
    # The second is outside; of the third 9.5 pixels are left.
    np.testing.assert_allclose(results['proposals'], [[10, 0, 20, 10], [50.5, 0, 60, 10]])
    assert results['proposal_scores'].tolist() == [0, 2]
    assert results['gt_bboxes'].tolist() == [[10, 0, 30, 20]]
    assert (results['gt_bboxes_labels'].tolist(), results['gt_ignore_flags'].tolist()) == ([7], [False])


def test_less_than_a_pixel_is_left_out_unless_it_was_no_more() -> None:
    results = sample([[0, 0, 0.5, 40], [50, 0, 60, 10], [5, 5, 5, 9]])
    warp_boxes(results, IDENTITY)
    assert results['proposals'].tolist() == [[0, 0, 0.5, 40], [50, 0, 60, 10]]
    warp_boxes(results, np.array([[1.0, 0, 9.5], [0, 1, 0]]))
    assert results['proposals'].tolist() == [[9.5, 0, 10, 40]]


def test_the_whole_image_takes_the_place_of_proposals_that_all_left() -> None:
    away = np.array([[1.0, 0, 100], [0, 1, 0]])
    results = sample([[0, 0, 10, 10], [5, 5, 30, 30]], gt_bboxes=np.array([[0.0, 0, 9, 9]]))
    warp_boxes(results, away)
    assert results['proposals'].tolist() == [[0, 0, 60, 40]]
    assert results['proposal_scores'].tolist() == [1]
    assert results['gt_bboxes'].shape == (0, 4)


def test_no_proposals_stay_none() -> None:
    results = sample([])
    warp_boxes(results, IDENTITY)
    assert results['proposals'].shape == (0, 4)


def test_whole_pixels_survive_the_way_out_and_back() -> None:
    boxes = np.array([[7, 11, 23, 37]], np.float32)
    there = rescaled(boxes, (375, 500), (333, 600))
    assert there.dtype == np.float64
    np.testing.assert_allclose(there[0, :2], [7 * 600 / 500, 11 * 333 / 375])
    assert np.abs(rescaled(there, (333, 600), (375, 500)) - boxes).max() < 1e-12


@pytest.mark.parametrize('size', [(40, 60), [40, 60]])
def test_the_same_size_changes_nothing(size: tuple[int, int]) -> None:
    boxes = np.ones((1, 4), np.float32)
    assert rescaled(boxes, size, (40, 60)) is boxes
