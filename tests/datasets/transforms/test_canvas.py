from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms import Canvas
from mlkd.errors import ConfigError

FILL = (104, 116, 124)


def results(height: int, width: int) -> dict:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    boxes = np.array([[0, 0, width, height], [1, 2, 5, 6]], np.float32)
    return {
        'img': image,
        'img_shape': (height, width),
        'ori_shape': (height, width),
        'proposals': boxes,
        'proposal_scores': np.array([1, 0.5], np.float32),
    }


@pytest.mark.parametrize('size', [(10, 12), (20, 12), (30, 25), (16, 16)])
def test_test_images_begin_at_the_top_left(size: tuple[int, int]) -> None:
    before = results(*size)
    after = Canvas(16).transform(dict(before))
    rows, columns = (min(n, 16) for n in size)
    assert (after['img'][:rows, :columns] == before['img'][:rows, :columns]).all()
    assert (after['img'][rows:] == FILL).all()
    assert (after['img'][:, columns:] == FILL).all()
    assert after['img'].shape == (16, 16, 3)
    assert after['img_shape'] == (16, 16)
    assert after['proposals'][0].tolist() == [0, 0, columns, rows]


@pytest.mark.parametrize('size', [(10, 12), (20, 12), (30, 25)])
def test_boxes_and_pixels_move_together_to_every_place(size: tuple[int, int]) -> None:
    np.random.seed(0)  # noqa: NPY002 - what the data set seeds
    places = set()
    for _ in range(2500):
        before = results(*size)
        after = Canvas(16, random=True).transform(dict(before))
        where = [box for box, score in zip(after['proposals'], after['proposal_scores'], strict=True) if score == 0.5]
        places.add(after['img'].tobytes())
        for box in where:
            x1, y1, x2, y2 = box.astype(int)
            if (x2 - x1, y2 - y1) == (4, 4):
                assert (after['img'][y1:y2, x1:x2] == before['img'][2:6, 1:5]).all()
    rows, columns = (abs(16 - n) + 1 for n in size)
    assert len(places) == rows * columns


def test_normalised_fill_is_nearly_zero() -> None:
    mean, std = np.array([103.53, 116.28, 123.675]), np.array([57.375, 57.12, 58.395])
    assert (np.abs((np.array(Canvas(4).fill) - mean) / std) < 0.01).all()


def test_it_says_whether_it_draws() -> None:
    assert (Canvas(8).is_random, Canvas(8, random=True).is_random) == (False, True)


@pytest.mark.parametrize('wrong', [{'size': 0}, {'size': 4, 'fill': (1, 2)}, {'size': 4, 'fill': (0, 0, 256)}])
def test_wrong_settings_are_named(wrong: dict) -> None:
    with pytest.raises(ConfigError, match='Canvas'):
        Canvas(**wrong)
