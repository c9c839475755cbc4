from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mlkd.errors import ConfigError, DataError
from mlkd.models.layers import KeyPointFinder

A = [(8, 10, 1.0)]
B = [*A, (12, 14, 0.8), (4, 13, 0.6)]
CASES = {
    'A': A,
    'B': B,
    'C': [*B, (20, 26, 0.3), (28, 6, 0.2)],
    'G': [*B, (9, 29, 0.5), (28, 6, 0.2), (26, 20, 0.15), (20, 26, 0.1)],
    'E': [(0, 10, 1.0), (12, 14, 0.8)],
    'F': [],
}
#: Published logic on these maps: cmax; ctopk none, radius, legacy; ctopkw with each term and with the sum truncated.
EXPECTED = {
    'A': [(135, 167)] * 6,
    'B': [(135, 167), (135, 204), (135, 204), (135, 204), (139, 198), (140, 200)],
    'C': [(135, 167), (237, 227), (135, 204), (135, 204), (178, 214), (181, 216)],
    'G': [(135, 167), (202, 237), (135, 204), (139, 271), (160, 234), (162, 237)],
    'E': [(256, 256), (199, 231), (256, 256), (256, 256), (199, 231), (199, 231)],
    'F': [(256, 256)] * 6,
}
WAYS = [
    {'strategy': 'cmax'},
    {'strategy': 'ctopk'},
    {'strategy': 'ctopk', 'ctopk_filter': 'radius'},
    {'strategy': 'ctopk', 'ctopk_filter': 'legacy'},
    {'strategy': 'ctopkw', 'floor_each': True},
    {'strategy': 'ctopkw'},
]


def bumps(points: list[tuple[int, int, float]], size: int = 32) -> Tensor:
    i, j = torch.arange(size)[:, None], torch.arange(size)[None]
    maps = [v * torch.exp(-((i - p) ** 2 + (j - q) ** 2) / (2 * 1.2**2)) for p, q, v in points]
    return torch.stack([torch.zeros(size, size), *maps]).amax(0)


@pytest.mark.parametrize('way', range(len(WAYS)))
def test_published_logic_on_all_maps_at_once(way: int) -> None:
    maps = torch.stack([bumps(points) for points in CASES.values()]).reshape(2, 3, 32, 32)
    keys = KeyPointFinder(**WAYS[way])(maps, torch.ones(2, 3, dtype=torch.bool), (512, 512))
    # A term of case B is 77 in exact arithmetic, which OpenCV's rounding brings below.
    near = 1 if WAYS[way].get('floor_each') else 0
    assert (keys.points - torch.tensor([EXPECTED[case][way] for case in CASES])).abs().max() <= near
    assert (keys.images.tolist(), keys.classes.tolist()) == ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2])
    assert keys.fell_back.tolist() == [EXPECTED[case][way] == (256, 256) for case in CASES]


def test_max_looks_at_the_present_classes_alone() -> None:
    maps = torch.stack([bumps([(8, 10, 0.5)]), bumps([(20, 5, 0.9)]), bumps([(12, 28, 1.0)])])[None]
    for present, expected in (([1, 0, 0], [135, 167]), ([1, 1, 0], [327, 87]), ([1, 1, 1], [199, 455])):
        keys = KeyPointFinder('max')(maps, torch.tensor([present]).bool(), (512, 512))
        assert keys.points.tolist() == [expected]
        assert keys.classes.tolist() == [-1]


def test_images_without_labels() -> None:
    maps, absent = torch.rand(2, 3, 8, 8), torch.zeros(2, 3, dtype=torch.bool)
    for strategy in ('cmax', 'ctopk', 'ctopkw'):
        assert len(KeyPointFinder(strategy)(maps, absent, (128, 128))) == 0
    keys = KeyPointFinder('max')(maps, absent, (128, 128))
    assert keys.points.tolist() == [[64, 64]] * 2
    assert keys.fell_back.all()


def test_centre() -> None:
    keys = KeyPointFinder('centre')(torch.rand(3, 2, 4, 6), torch.ones(3, 2, dtype=torch.bool), (64, 96))
    assert keys.points.tolist() == [[32, 48]] * 3
    assert not keys.fell_back.any()


def test_other_sizes_and_strides() -> None:
    """Maxima of a view of half the size are where those of the whole one are, halved; distances scale along."""
    maps = torch.stack([bumps(CASES['G']), bumps(CASES['C'])])[None]
    present = torch.ones(1, 2, dtype=torch.bool)
    for way in WAYS:
        large, small = (KeyPointFinder(**way)(maps, present, (n, n)).points for n in (512, 256))
        assert ((large / 2 - small).abs() <= 2).all(), way
    wide = KeyPointFinder('cmax')(bumps(A)[None, None, :, :20], present[:, :1], (320, 640))
    assert wide.points.tolist() == [[84, 335]] or wide.points.tolist() == [[85, 335]]


@pytest.mark.parametrize('strategy', ['max', 'cmax', 'ctopk', 'ctopkw'])
def test_no_point_on_the_border(strategy: str) -> None:
    maps = torch.rand(40, 3, 5, 7)
    maps[:10, :, 0] += 2
    maps[10:20, :, :, 0] += 2
    maps[20:30, :, -1, -1] += 2
    keys = KeyPointFinder(strategy, min_distance=2)(maps, torch.ones(40, 3, dtype=torch.bool), (33, 50))
    assert (keys.points >= 1).all()
    assert (keys.points[:, 0] < 33).all()
    assert (keys.points[:, 1] < 50).all()
    assert not keys.points.requires_grad
    assert (keys.points[keys.fell_back] == torch.tensor([16, 25])).all()


def test_maps_that_cannot_be_cut() -> None:
    with pytest.raises(DataError, match='1 x 4 cells'):
        KeyPointFinder('cmax')(torch.rand(1, 2, 1, 4), torch.ones(1, 2, dtype=torch.bool), (32, 128))


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ConfigError, match='did you mean ctopk'):
        KeyPointFinder('ctop')  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match='num_maxima'):
        KeyPointFinder(num_maxima=0)


@pytest.mark.parametrize(
    'setting',
    [
        {'num_maxima': 2.5},
        {'num_maxima': '5'},
        {'num_maxima': None},
        {'num_maxima': True},
        {'min_distance': 2.5},
        {'min_distance': 0},
        {'radius': -1},
        {'radius': float('nan')},
        {'radius': 'far'},
    ],
)
def test_numbers_that_are_none(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        KeyPointFinder(**setting)
    assert caught.value.where == next(iter(setting))
