"""Boxes around the peaks of class maps: proposals that need no generator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .key_points import highest
from .local_maxima import local_maxima

#: Pixels that a cell of a map becomes before peaks are looked for.
_FINER = 4


def peak_boxes(maps: Tensor, count: int, share: float) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes around the highest local maxima of maps, at least one of each map that is positive anywhere.

    A box reaches as far from its peak, up and down its column and left and right along its row, as the map stays at a
    share of the peak's value at least. Peaks are a cell apart and a cell from the border; a map without such a peak has
    its highest place for one.

    Args:
        maps: Normalised class maps (n, h, w), at least 0.
        count: Peaks of each map at most.
        share: Above 0, at most 1.

    Returns:
        Boxes float32 (m, 4), xyxy in cells; int64 (m,), which map each is of, ascending; float32 (m,), values of the
        peaks.
    """
    height, width = maps.shape[-2] * _FINER, maps.shape[-1] * _FINER
    fine = F.interpolate(maps[:, None].float(), size=(height, width), mode='bilinear', align_corners=False)[:, 0]
    peaks, there = local_maxima(fine, _FINER, count)
    alone = ~there.any(1)
    peaks[:, 0] = torch.where(alone[:, None], highest(fine), peaks[:, 0])
    there[:, 0] |= alone
    rows = torch.arange(len(fine), device=fine.device)[:, None]
    row, column = peaks.unbind(2)
    values = fine[rows, row, column]
    there &= values > 0
    least = (share * values)[..., None]
    left, right = _extent(fine[rows, row] < least, column)
    top, bottom = _extent(fine.transpose(1, 2)[rows, column] < least, row)
    boxes = torch.stack([left, top, right, bottom], 2).float() / _FINER
    index = rows.expand_as(there)[there]
    return boxes[there], index, values[there]


def _extent(outside: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """First pixel, and that after the last, of what is not outside around a place.

    Args:
        outside: bool (n, k, length).
        place: int64 (n, k), of pixels that are not.
    """
    length = outside.shape[2]
    pixels = torch.arange(length, device=outside.device)
    before = torch.where(outside & (pixels < place[..., None]), pixels, -1).amax(2) + 1
    after = torch.where(outside & (pixels > place[..., None]), pixels, length).amin(2)
    return before, after
