"""Resizing 8-bit images as OpenCV does, to the bit, in operations that a graph can hold.

OpenCV computes in integers: a network that was tested on what it gives sees the same pixels from these. Sizes may be
known only when the graph runs.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.onnx.operators import shape_as_tensor

Length = int | Tensor

#: OpenCV's INTER_RESIZE_COEF_SCALE.
_COEFFICIENT = 2048


class _Taps(NamedTuple):
    """The two source positions of each target position, and their weights (m,)."""

    first: Tensor
    second: Tensor
    first_weight: Tensor
    second_weight: Tensor


def side_lengths(photos: Tensor) -> tuple[Tensor, Tensor]:
    """Height and width of images (B, H, W, C), int64 scalars that are part of a trace."""
    shape = shape_as_tensor(photos)
    return shape[1], shape[2]


def opencv_linear(photos: Tensor, height: Length, width: Length) -> Tensor:
    """``cv2.resize`` with ``INTER_LINEAR`` (``resize.cpp``, 8 bits): half-pixel centres, no anti-aliasing.

    Args:
        photos: uint8 (B, H, W, C).
        height: Of the result.
        width: The same.

    Returns:
        uint8 (B, height, width, C).
    """
    old_height, old_width = side_lengths(photos)
    rows, columns = _linear_taps(old_height, height), _linear_taps(old_width, width)
    # What reaches beyond the border counts in rows as the border does, and in columns not at all: the same but for the
    # rounding.
    outside = (columns.first < 0) | (columns.first >= old_width - 1)
    left = torch.where(outside, _COEFFICIENT, columns.first_weight)[:, None, None]
    right = torch.where(outside, 0, columns.second_weight)[:, None, None]

    def pixels(row: Tensor, column: Tensor) -> Tensor:
        # Runtimes copy whole rows fast, and single pixels slowly.
        chosen = photos.index_select(1, _inside(row, old_height)).transpose(1, 2)
        return chosen.index_select(1, _inside(column, old_width)).int()

    (a, b), (c, d) = ([pixels(row, column) for column in columns[:2]] for row in rows[:2])
    upper, lower = (a * left + b * right) >> 4, (c * left + d * right) >> 4
    summed = ((rows.first_weight[:, None] * upper) >> 16) + ((rows.second_weight[:, None] * lower) >> 16)
    # At one half of both sides exactly OpenCV takes the mean of the four pixels.
    halved = (old_height == 2 * height) & (old_width == 2 * width)
    mixed = torch.where(halved, a + b + c + d, summed)
    return ((mixed + 2) >> 2).to(torch.uint8).transpose(1, 2)


def _linear_taps(old: Tensor, new: Length) -> _Taps:
    # In the precision that OpenCV has at each step.
    scale = 1.0 / (_double(new) / old.double())
    place = ((_positions(new) + 0.5) * scale - 0.5).float()
    first = place.floor()
    share = place - first
    weights = ((part * _COEFFICIENT).round().int() for part in (1.0 - share, share))
    return _Taps(first.long(), first.long() + 1, *weights)


def _inside(positions: Tensor, length: Tensor) -> Tensor:
    return torch.minimum(positions.clamp(min=0), length - 1)


def _positions(length: Length) -> Tensor:
    """0, 1, ... below a length, as doubles."""
    return torch.arange(length, dtype=torch.int64).double()  # type: ignore[arg-type]


def _double(length: Length) -> Tensor | float:
    return length.double() if isinstance(length, Tensor) else float(length)
