"""Cutting views in four at key points, and putting the maps of the pieces together again."""

from __future__ import annotations

import torch
from torch import Tensor

from .key_points import KeyPoints


def cut_views(views: Tensor, keys: KeyPoints) -> Tensor:
    """Upper left, upper right, lower left and lower right of each key point, all brought to half the view's size.

    Nearest neighbour, whatever the aspect ratio, as PyTorch's ``nearest``.

    Args:
        views: (B, C, H, W).
        keys: n key points, in rows 1..H-1 and columns 1..W-1.

    Returns:
        (4 n, C, H // 2, W // 2): key point by key point.
    """
    height, width = views.shape[-2:]
    rows, columns = (
        _sources(keys.points[:, axis], length)  # (n, 2, length // 2)
        for axis, length in ((0, height), (1, width))
    )
    # The order of the pieces: rows change slowly, columns fast.
    rows, columns = rows.repeat_interleave(2, dim=1).flatten(0, 1), columns.repeat(1, 2, 1).flatten(0, 1)
    images = keys.images.repeat_interleave(4)
    channels = torch.arange(views.shape[1], device=views.device)
    return views[images[:, None, None, None], channels[:, None, None], rows[:, None, :, None], columns[:, None, None]]


def merge_maps(pieces: Tensor, keys: KeyPoints, view: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Maps of the pieces, put where the pieces were cut from.

    The seam is the key point in cells of the grid, rounded down, at least one cell from the upper and left border; the
    maps are brought to their quarters by nearest neighbour.

    Args:
        pieces: Maps (4 n, K, h', w') of what :func:`cut_views` gave.
        keys: The n key points.
        view: (H, W) of the views in pixels.
        grid: (h, w) of the merged maps in cells, at least 2 x 2.

    Returns:
        (n, K, h, w).
    """
    n, channels = len(keys), pieces.shape[1]
    seams = grid_seams(keys.points, view, grid)
    (row_side, rows), (column_side, columns) = (
        _targets(seams[:, axis], grid[axis], pieces.shape[2 + axis]) for axis in (0, 1)
    )
    piece = 2 * row_side[:, :, None] + column_side[:, None]
    index = torch.arange(n, device=pieces.device)[:, None, None, None]
    channel = torch.arange(channels, device=pieces.device)[:, None, None]
    grouped = pieces.reshape(n, 4, *pieces.shape[1:])
    return grouped[index, piece[:, None], channel, rows[:, None, :, None], columns[:, None, None]]


def grid_seams(points: Tensor, view: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Cells (n, 2) before which maps of ``grid`` are cut, for key points (n, 2) in pixels of a ``view``."""
    cells = torch.tensor(grid, device=points.device)
    seams = points * cells // torch.tensor(view, device=points.device)
    return torch.minimum(seams.clamp(min=1), cells - 1)


def _sources(cuts: Tensor, length: int) -> Tensor:
    """Pixels (n, 2, length // 2) that the part before and the part after each cut (n,) are read from."""
    out = length // 2
    start = torch.stack([torch.zeros_like(cuts), cuts], 1)
    extent = torch.stack([cuts, length - cuts], 1)
    return start[..., None] + _nearest(
        torch.arange(out, device=cuts.device), extent[..., None], torch.full_like(extent[..., None], out)
    )


def _targets(seams: Tensor, cells: int, pieces: int) -> tuple[Tensor, Tensor]:
    """For each of ``cells``: in which part it is, int64 (n, cells), and which of its ``pieces`` cells it shows."""
    place = torch.arange(cells, device=seams.device)[None]
    after = (place >= seams[:, None]).long()
    extent = torch.where(after.bool(), cells - seams[:, None], seams[:, None])
    return after, _nearest(place - after * seams[:, None], torch.full_like(extent, pieces), extent)


def _nearest(index: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """floor(i old / new), in float32 as PyTorch rounds it."""
    source = (index.float() * (old.float() / new.float())).floor().long()
    return torch.minimum(source, old - 1)
