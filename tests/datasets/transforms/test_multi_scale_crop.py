"""The crop of ML-GCN and MSRN."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from mlkd.datasets.transforms import MultiScaleCrop
from mlkd.errors import ConfigError

MLGCN = (1.0, 0.875, 0.75, 0.66, 0.5)


def results(height: int, width: int, **more: object) -> dict:
    img = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return {'img': img, 'img_shape': (height, width), 'ori_shape': (height, width), **more}


@pytest.mark.parametrize(
    ('scales', 'sides'),
    [((1.0, 0.9, 0.8, 0.7, 0.6), {375, 337, 300, 262, 225}), (MLGCN, {375, 328, 281, 247, 187})],
)
def test_sizes_of_the_specification(scales: tuple[float, ...], sides: set[int]) -> None:
    found = MultiScaleCrop(448, scales).sizes(375, 500)
    assert {height for height, _ in found} == {width for _, width in found} == sides
    assert len(found) == len(set(found)) == 19


def test_a_side_that_is_almost_right_becomes_right() -> None:
    sides = {height for height, _ in MultiScaleCrop(448, (1.0, 0.5)).sizes(450, 900)}
    assert sides == {448, 225}
    assert {height for height, _ in MultiScaleCrop(448, (1.0, 0.5)).sizes(451, 900)} == {451, 225}
    assert {height for height, _ in MultiScaleCrop(448, (1.0,)).sizes(446, 900)} == {448}


def test_places() -> None:
    """13 places, steps of whole pixels: the largest part of 500 x 375 has 125 pixels to move in, in steps of 31."""
    np.random.seed(0)  # noqa: NPY002
    crop = MultiScaleCrop(448, (1.0,))
    seen = Counter(crop.choose(375, 500) for _ in range(3000))
    assert {x1 for x1, *_ in seen} == {0, 31, 62, 93, 124}
    assert {(y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in seen} == {(0, 375, 375)}
    # Three of 13 places are in each of the outer columns, two in each between, three in the middle.
    assert 0.18 < sum(n for (x1, *_), n in seen.items() if x1 == 124) / 3000 < 0.28
    places = {crop_[:2] for crop_ in (MultiScaleCrop(4, (0.5,)).choose(80, 80) for _ in range(1000))}
    assert len(places) == 13


def test_pixels_are_those_of_pil(monkeypatch: pytest.MonkeyPatch) -> None:
    given = results(60, 80)
    crop = MultiScaleCrop(20)
    monkeypatch.setattr(crop, 'choose', lambda *size: (10, 5, 60, 50))
    expected = Image.fromarray(given['img'].copy()).crop((10, 5, 60, 50)).resize((20, 20), Image.Resampling.BILINEAR)
    found = crop(given)
    np.testing.assert_array_equal(found['img'], np.asarray(expected))
    assert found['img_shape'] == (20, 20)
    assert found['scale_factor'] == (20 / 80, 20 / 60)


def test_boxes_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = np.array([[10, 5, 60, 50], [0, 0, 35, 27.5], [70, 0, 80, 60]], np.float32)
    given = results(60, 80, proposals=boxes, proposal_scores=np.array([0.5, 0.25, 1], np.float32), gt_bboxes=boxes)
    crop = MultiScaleCrop(20)
    monkeypatch.setattr(crop, 'choose', lambda *size: (10, 5, 60, 50))
    found = crop(given)
    np.testing.assert_allclose(found['proposals'], [[0, 0, 20, 20], [0, 0, 10, 10]])
    assert found['proposal_scores'].tolist() == [0.5, 0.25]
    assert found['gt_bboxes'].shape == (3, 4)
    outside = results(60, 80, proposals=boxes[2:], proposal_scores=np.ones(1, np.float32))
    assert crop(outside)['proposals'].tolist() == [[0, 0, 20, 20]]


def test_beyond_the_image_is_black() -> None:
    np.random.seed(1)  # noqa: NPY002
    given = results(446, 446)
    given['img'][:] = 255
    found = MultiScaleCrop(448, (1.0,))(given)['img']
    assert found.shape == (448, 448, 3)
    assert (found == 0).any()
    assert (found == 255).mean() > 0.98


@pytest.mark.parametrize('wrong', [{'scales': (1, 875, 0.75)}, {'scales': ()}, {'size': 0}, {'max_distort': -1}])
def test_arguments_that_make_no_sense(wrong: dict) -> None:
    with pytest.raises(ConfigError, match=f'MultiScaleCrop.{next(iter(wrong))}'):
        MultiScaleCrop(**{'size': 448, **wrong})


def test_is_random() -> None:
    assert MultiScaleCrop(448).is_random
