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
    candidates = _candidates(maps, min_distance)
    rows = torch.arange(height, device=maps.device)[:, None]
    columns = torch.arange(width, device=maps.device)[None]
    points, there = [], []
    for _ in range(count):
        values = maps.masked_fill(~candidates, -torch.inf).flatten(1)
        best = values.max(1, keepdim=True)
        # The first of equals, on every device: max() promises none.
        place = (values == best.values).int().argmax(1)
        found = candidates.flatten(1).any(1)
        row, column = place // width * found, place % width * found
        points.append(torch.stack([row, column], 1))
        there.append(found)
        near = (rows - row[:, None, None]).abs() < min_distance
        candidates = candidates & ~(near & ((columns - column[:, None, None]).abs() < min_distance))
    if not points:
        return maps.new_zeros((n, 0, 2), dtype=torch.int64), maps.new_zeros((n, 0), dtype=torch.bool)
    return torch.stack(points, 1), torch.stack(there, 1)


def _candidates(maps: Tensor, min_distance: int) -> Tensor:
    """Which pixels are maxima of their window, bool (n, h, w)."""
    height, width = maps.shape[-2:]
    window = 2 * min_distance + 1
    # One direction after the other; the window is the same.
    highest = F.max_pool2d(maps[:, None], (window, 1), 1, (min_distance, 0))
    highest = F.max_pool2d(highest, (1, window), 1, (0, min_distance))[:, 0]
    peaks = (maps == highest) & (maps > maps.amin((1, 2), keepdim=True))
    inside = torch.zeros(height, width, dtype=torch.bool, device=maps.device)
    inside[min_distance : height - min_distance, min_distance : width - min_distance] = True
    return peaks & inside
