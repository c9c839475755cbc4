"""Local maxima of many maps at once, as scikit-image finds them in one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def local_maxima(maps: Tensor, min_distance: int, count: int) -> tuple[Tensor, Tensor]:
    """The highest local maxima, as ``skimage.feature.peak_local_max(map, min_distance)`` finds and sorts them.

    A pixel that equals the maximum of the window of ``2 min_distance + 1`` around it, is above the map's minimum and at
    least ``min_distance`` from every border; of those that are nearer to each other than that (the larger of the
    distances in rows and columns) the higher is kept, of equals the first in reading order.

    Args:
        maps: (n, h, w).
        min_distance: In pixels, at least 1.
        count: How many to give of each map at most.

    Returns:
        int64 (n, count, 2): rows and columns, highest first, 0 where there are no more; bool (n, count): those that
        are there.
    """
    n, height, width = maps.shape
    values = maps.masked_fill(~_candidates(maps, min_distance), -torch.inf).flatten(1)
    # The first in reading order counts most.
    order = torch.arange(height * width - 1, -1, -1, dtype=torch.int32, device=maps.device)
    near = torch.arange(1 - min_distance, min_distance, device=maps.device)
    near = (near[:, None] * width + near).flatten()
    points, there = [], []
    for _ in range(count):
        best = values.amax(1, keepdim=True)
        found = best[:, 0] > -torch.inf
        # Of equals the first, on every device: max() promises none.
        place = (height * width - 1 - torch.where(values == best, order, -1).amax(1).long()) * found
        points.append(torch.stack([place // width, place % width], 1))
        there.append(found)
        # So far from every border that what is near is a square.
        values.scatter_(1, (place[:, None] + near).clamp(0, height * width - 1), -torch.inf)
    if not points:
        return maps.new_zeros((n, 0, 2), dtype=torch.int64), maps.new_zeros((n, 0), dtype=torch.bool)
    return torch.stack(points, 1), torch.stack(there, 1)


def _candidates(maps: Tensor, min_distance: int) -> Tensor:
    """Which pixels are maxima of their window, bool (n, h, w)."""
    height, width = maps.shape[-2:]
    # One direction after the other; the window is the same.
    highest = _window_maximum(_window_maximum(maps, min_distance, 1), min_distance, 2)
    peaks = (maps == highest) & (maps > maps.amin((1, 2), keepdim=True))
    inside = torch.zeros(height, width, dtype=torch.bool, device=maps.device)
    inside[min_distance : height - min_distance, min_distance : width - min_distance] = True
    return peaks & inside


def _window_maximum(maps: Tensor, reach: int, dim: int) -> Tensor:
    """The maximum of the ``2 reach + 1`` values around each along a dimension.

    From maxima of 2, 4, 8, ... values: the steps are as many as the window's length has binary digits, where a pooling
    layer compares as many values as it has pixels.
    """
    window, length = 2 * reach + 1, maps.shape[dim]
    seen, covered = F.pad(maps, (reach, reach) if dim == 2 else (0, 0, reach, reach), value=-torch.inf), 1
    while 2 * covered <= window:
        rest = seen.shape[dim] - covered
        seen, covered = torch.maximum(seen.narrow(dim, 0, rest), seen.narrow(dim, covered, rest)), 2 * covered
    return torch.maximum(seen.narrow(dim, 0, length), seen.narrow(dim, window - covered, length))
