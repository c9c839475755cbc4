from __future__ import annotations

import cv2
import matplotlib
import numpy as np
import pytest

from mlkd.visualization import NamedBox, heat_over, jpeg, shrunk, with_boxes
from mlkd.visualization.figures import PALETTE

GREY = np.full((60, 100, 3), 90, np.uint8)
NOTHING = np.zeros((0, 4))


def test_only_large_images_are_shrunk() -> None:
    assert shrunk(GREY, 50).shape == (30, 50, 3)
    assert shrunk(GREY, 200) is GREY
    assert shrunk(np.zeros((1, 900, 3), np.uint8), 30).shape == (1, 30, 3)
    assert shrunk(np.ones((40, 20)), 10).shape == (10, 5)


def test_heat_leaves_what_is_cold_and_colours_what_is_hot() -> None:
    heat = np.zeros((60, 100))
    heat[10, 20] = 1
    shown = heat_over(GREY, heat)
    assert (np.delete(shown.reshape(-1, 3), 10 * 100 + 20, axis=0) == 90).all()
    red, green, blue = (round(255 * part) for part in matplotlib.colormaps['turbo'](1.0)[:3])
    wanted = [0.35 * 90 + 0.65 * part for part in (blue, green, red)]
    assert shown[10, 20].tolist() == pytest.approx(wanted, abs=1)
    np.testing.assert_array_equal(heat_over(GREY, heat * 7), shown)


def test_boxes_stand_where_they_are_and_small_images_are_enlarged() -> None:
    shown = with_boxes(GREY, [NamedBox((20, 30, 80, 50), 'dog 0.50')], NOTHING, 200)
    assert shown.shape == (120, 200, 3)
    blue = [int(PALETTE[0][i : i + 2], 16) for i in (5, 3, 1)]
    assert shown[80, 40].tolist() == blue
    assert shown[80, 158].tolist() == blue
    assert shown[98, 100].tolist() == blue
    assert shown[80, 100].tolist() == [90, 90, 90]
    # The name stands above the box.
    assert shown[52, 42].tolist() == blue
    assert (shown[45:60, 40:110] == 255).all(axis=2).any()


def test_annotated_objects_are_white_and_the_first_box_is_on_top() -> None:
    shown = with_boxes(GREY, [], np.array([[20, 30, 80, 50]]), 100)
    assert (shown == 255).all(axis=2).sum() >= 2 * (60 + 20) - 8
    both = [NamedBox((20, 30, 80, 50), 'a'), NamedBox((20, 30, 80, 50), 'b')]
    top = with_boxes(GREY, both, NOTHING, 100)
    assert top[40, 20].tolist() == [int(PALETTE[0][i : i + 2], 16) for i in (5, 3, 1)]


@pytest.mark.parametrize('box', [(-50, -50, 500, 500), (99.9, 59.9, 100, 60), (30, 30, 30, 30)])
def test_boxes_at_and_beyond_the_edge(box: tuple[float, ...]) -> None:
    assert (
        with_boxes(GREY, [NamedBox(box, 'a very long name that does not fit: é 日')], NOTHING, 100).shape == GREY.shape
    )


def test_jpeg_is_what_it_was_and_the_same_each_time() -> None:
    image = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8), (0, 0), 4)
    data = jpeg(image, 95)
    assert data == jpeg(image, 95)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(read.astype(int) - image).mean() < 3
