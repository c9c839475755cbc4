from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mlkd.models.layers import KeyPoints, cut_views, merge_maps
from mlkd.models.layers.puzzle import grid_seams


def keys_at(points: list[tuple[int, int]], images: list[int] | None = None) -> KeyPoints:
    index = torch.tensor(images if images is not None else range(len(points)), dtype=torch.long)
    return KeyPoints(
        torch.tensor(points, dtype=torch.long).reshape(-1, 2), index, index, torch.zeros(len(index), dtype=torch.bool)
    )


def pieces_one_by_one(view: Tensor, r: int, c: int) -> Tensor:
    size = (view.shape[1] // 2, view.shape[2] // 2)
    parts = (view[:, :r, :c], view[:, :r, c:], view[:, r:, :c], view[:, r:, c:])
    return torch.cat([F.interpolate(part[None], size=size, mode='nearest') for part in parts])


def merged_one_by_one(maps: Tensor, r: int, c: int, h: int, w: int) -> Tensor:
    sizes = ((r, c), (r, w - c), (h - r, c), (h - r, w - c))
    a, b, d, e = (F.interpolate(one[None], size=s, mode='nearest') for one, s in zip(maps, sizes, strict=True))
    return torch.cat([torch.cat([a, b], 3), torch.cat([d, e], 3)], 2)[0]


@pytest.mark.parametrize('shape', [(64, 64), (50, 71), (32, 96)])
def test_cutting_is_slicing_and_resizing(shape: tuple[int, int]) -> None:
    views = torch.randn(3, 2, *shape)
    points = [(int(r), int(c)) for r, c in torch.rand(30, 2).mul(torch.tensor(shape) - 1).add(1).long()]
    images = sorted(int(i) for i in torch.randint(0, 3, (30,)))
    found = cut_views(views, keys_at(points, images)).unflatten(0, (30, 4))
    for piece, image, (r, c) in zip(found, images, points, strict=True):
        assert torch.equal(piece, pieces_one_by_one(views[image], r, c))


def test_merging_is_resizing_and_pasting_at_every_seam() -> None:
    """All 31 x 31 seams of the published grid, against PyTorch's nearest, rounding included."""
    seams = [(r, c) for r in range(1, 32) for c in range(1, 32)]
    maps = torch.randn(len(seams), 4, 1, 16, 16)
    keys = keys_at([(16 * r + 7, 16 * c) for r, c in seams])
    found = merge_maps(maps.flatten(0, 1), keys, (512, 512), (32, 32))
    for one, pieces, (r, c) in zip(found, maps, seams, strict=True):
        assert torch.equal(one, merged_one_by_one(pieces, r, c, 32, 32))


def test_seams_leave_a_cell_on_each_side() -> None:
    points = [(r, c) for r in (1, 15, 16, 23, 256, 504, 511) for c in (1, 15, 16, 23, 256, 504, 511)]
    seams = grid_seams(torch.tensor(points), (512, 512), (32, 32))
    expected = {1: 1, 15: 1, 16: 1, 23: 1, 256: 16, 504: 31, 511: 31}
    assert seams.tolist() == [[expected[r], expected[c]] for r, c in points]
    merged = merge_maps(torch.randn(4 * len(points), 2, 16, 16), keys_at(points), (512, 512), (32, 32))
    assert merged.shape == (len(points), 2, 32, 32)


def test_the_centre_gives_plain_tiles() -> None:
    views = torch.randn(1, 3, 64, 64)
    keys = keys_at([(32, 32)])
    tiles = cut_views(views, keys)
    quarters = [views[0, :, i : i + 32, j : j + 32] for i in (0, 32) for j in (0, 32)]
    assert torch.equal(tiles, torch.stack(quarters))
    assert torch.equal(merge_maps(tiles, keys, (64, 64), (64, 64)), views)


def test_gradient_goes_to_the_cells_that_are_shown() -> None:
    maps = torch.randn(4, 2, 3, 3, dtype=torch.double, requires_grad=True)
    keys = keys_at([(20, 33)])
    assert torch.autograd.gradcheck(lambda x: merge_maps(x, keys, (64, 64), (6, 7)), maps)


def test_no_key_points() -> None:
    keys = keys_at([])
    assert cut_views(torch.randn(2, 3, 8, 8), keys).shape == (0, 3, 4, 4)
    assert merge_maps(torch.zeros(0, 5, 2, 2), keys, (8, 8), (4, 4)).shape == (0, 5, 4, 4)
