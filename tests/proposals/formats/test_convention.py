"""How boxes are written: hand-worked cases and exact ways back."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from mlkd.proposals.formats import Convention


@pytest.mark.parametrize(
    ('convention', 'written'),
    [
        # Pixels 10 to 29 across and 5 to 24 down, counted from 0.
        (Convention(), [10, 5, 30, 25]),
        (Convention(end='inclusive'), [10, 5, 29, 24]),
        (Convention(origin=1, end='inclusive'), [11, 6, 30, 25]),
        (Convention(axes='yx', origin=1, end='inclusive'), [6, 11, 25, 30]),
        (Convention(box_mode='xywh'), [10, 5, 20, 20]),
        (Convention(box_mode='xywh', origin=1, end='inclusive'), [11, 6, 20, 20]),
        (Convention(axes='yx', box_mode='xywh'), [5, 10, 20, 20]),
        (Convention(origin=1), [11, 6, 31, 26]),
    ],
)
def test_by_hand(convention: Convention, written: list[int]) -> None:
    for kind in (np.float64, np.int16, np.uint8):
        np.testing.assert_array_equal(convention.to_pixels(np.array([written], kind)), [[10, 5, 30, 25]])
    np.testing.assert_array_equal(convention.from_pixels(np.array([[10, 5, 30, 25]], np.float32)), [written])


@pytest.mark.parametrize('names', list(product(('xy', 'yx'), ('xyxy', 'xywh'), (0, 1), ('inclusive', 'exclusive'))))
def test_way_back_is_exact(names: tuple) -> None:
    convention = Convention(*names)
    random = np.random.default_rng(0)
    low = random.random((5000, 2)) * random.choice([1e-3, 1, 900], (5000, 1))
    boxes = np.concatenate([low, low + random.random((5000, 2)) * 700], axis=1).astype(np.float32)
    back = convention.to_pixels(convention.from_pixels(boxes)).astype(np.float32)
    np.testing.assert_array_equal(back, boxes)


def test_written_as_float32_where_that_is_enough() -> None:
    whole = np.array([[0, 0, 500, 375], [3, 4, 5, 6]], np.float32)
    for names in product(('xy', 'yx'), ('xyxy', 'xywh'), (0, 1), ('inclusive', 'exclusive')):
        assert Convention(*names).from_pixels(whole).dtype == np.float32
    third = np.array([[1 / 3, 1 / 3, 500.1, 300.7]], np.float32)
    assert Convention().from_pixels(third).dtype == np.float32
    assert Convention(origin=1).from_pixels(third).dtype == np.float64


def test_no_box() -> None:
    for convention in (Convention(), Convention(axes='yx', origin=1)):
        assert convention.to_pixels(np.zeros((0, 4))).shape == convention.from_pixels(np.zeros((0, 4))).shape == (0, 4)


def test_alternatives() -> None:
    found = dict(Convention(axes='yx', origin=1, end='inclusive').alternatives(frozenset()))
    assert found['--axes xy'] == Convention(origin=1, end='inclusive')
    assert found['--origin 0 --end exclusive'] == Convention(axes='yx')
    assert not any('axes' in flags for flags, _ in Convention().alternatives(frozenset({'axes'})))
    assert list(Convention().alternatives(frozenset({'axes', 'box_mode', 'origin', 'end'}))) == []
