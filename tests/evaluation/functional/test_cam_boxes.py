"""Boxes of class maps against SciPy's connected components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mlkd.evaluation.functional import cam_boxes

TWO = np.array(
    [
        [9, 0, 0, 0, 0, 0],
        [0, 0, 0, 4, 4, 4],
        [0, 0, 0, 4, 5, 4],
        [0, 0, 0, 0, 0, 0],
    ],
    float,
)


def test_the_largest_part_or_all_by_their_peaks() -> None:
    (largest,) = cam_boxes(TWO, [0.2])
    assert largest.tolist() == [[3, 1, 6, 3]]
    (both,) = cam_boxes(TWO, [0.2], 'all')
    assert both.tolist() == [[0, 0, 1, 1], [3, 1, 6, 3]]
    assert [boxes.tolist() for boxes in cam_boxes(TWO, [0.5, 1.0], 'all')] == [
        [[0, 0, 1, 1], [4, 2, 5, 3]],
        [[0, 0, 1, 1]],
    ]


def test_pixels_that_touch_at_a_corner_are_connected_and_a_share_that_is_just_reached_counts() -> None:
    cam = np.array([[1.0, 0, 0], [0, 2.0, 0]])
    assert cam_boxes(cam, [0.5])[0].tolist() == [[0, 0, 2, 2]]
    assert cam_boxes(cam, [0.51])[0].tolist() == [[1, 1, 2, 2]]


@pytest.mark.parametrize('cam', [np.zeros((3, 4)), -np.ones((3, 4)), np.zeros((0, 4))])
def test_a_map_that_is_nowhere_positive_has_no_box(cam: np.ndarray) -> None:
    assert [boxes.shape for boxes in cam_boxes(cam, [0.2, 0.5], 'all')] == [(0, 4)] * 2


def test_what_is_not_positive_never_counts() -> None:
    cam = np.array([[-3.0, 1.0, -3.0]])
    assert cam_boxes(cam, [0.05])[0].tolist() == [[1, 0, 2, 1]]


def test_random_maps_as_scipy_labels_them() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        cam = ndimage.gaussian_filter(rng.normal(size=(20, 31)), 1.5)
        shares = [0.2, 0.5, 0.8]
        for share, every, largest in zip(shares, cam_boxes(cam, shares, 'all'), cam_boxes(cam, shares), strict=True):
            parts, count = ndimage.label((cam > 0) & (cam >= share * cam.max()), np.ones((3, 3)))
            slices = ndimage.find_objects(parts)
            expected = [(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in slices]
            peaks = ndimage.maximum(cam, parts, range(1, count + 1))
            assert [tuple(box) for box in every.tolist()] == [expected[i] for i in np.argsort(-np.array(peaks))]
            sizes = ndimage.sum_labels(np.ones_like(cam), parts, range(1, count + 1))
            assert tuple(largest[0].tolist()) == expected[int(np.argmax(sizes))]
