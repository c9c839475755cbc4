"""The transforms that make the frame of a photo, as operations that a graph can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mlkd.datasets.transforms import LoadImage, PackMultiLabel, ResizeLongSide, ResizeShortSide, Warp
from mlkd.datasets.transforms.canvas import Canvas
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS

from .photo_resize import opencv_linear, side_lengths


def photo_steps(pipeline: Sequence[Mapping[str, Any]]) -> nn.Sequential:
    """From photos uint8 (B, H, W, 3) to frames uint8 (B, h, w, 3), as the transforms of a test make them.

    Args:
        pipeline: Their configs.

    Raises:
        ConfigError: If one of them can be no part of a graph.
    """
    layers: list[nn.Module] = []
    for index, config in enumerate(pipeline):
        step = TRANSFORMS.build(dict(config))
        if type(step) in (LoadImage, PackMultiLabel):
            continue
        layer = _layer(step)
        if layer is None:
            raise ConfigError(
                'A transform of the network cannot be part of a graph.',
                where=f'pipeline.{index}',
                found=dict(config),
                expected="Warp, ResizeLongSide or ResizeShortSide as OpenCV resizes, or Canvas. Pillow's filters "
                '(antialias, bicubic) round in an order that depends on its version',
                fix='export with --preprocessing view, and resize photos as the pipeline does',
            )
        layers.append(layer)
    return nn.Sequential(*layers)


def _layer(step: Any) -> nn.Module | None:
    if type(step) is Warp and not step.antialias:
        return _Warp(step.size)
    if isinstance(step, (ResizeLongSide, ResizeShortSide)) and not getattr(step, 'bicubic', False):
        return _ResizeSide(step)
    return _Canvas(step) if type(step) is Canvas and not step.is_random else None


class _Warp(nn.Module):
    """:class:`~mlkd.datasets.transforms.Warp`."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, photos: Tensor) -> Tensor:
        """(B, H, W, 3) to (B, height, width, 3)."""
        return opencv_linear(photos, *self.size)


class _ResizeSide(nn.Module):
    """:class:`~mlkd.datasets.transforms.ResizeLongSide` and its sibling; the size depends on the photo's."""

    def __init__(self, step: ResizeLongSide | ResizeShortSide) -> None:
        super().__init__()
        self.length, self.max_long = step.sizes[0], getattr(step, 'max_long', None)

    def forward(self, photos: Tensor) -> Tensor:
        """(B, H, W, 3) to (B, H', W', 3)."""
        height, width = (length.double() for length in side_lengths(photos))
        longer = torch.maximum(height, width)
        scale = self.length / longer
        if self.max_long is not None:
            scale = torch.minimum(self.length / torch.minimum(height, width), self.max_long / longer)
        rows, columns = ((length * scale).round().clamp(min=1.0).long() for length in (height, width))
        return opencv_linear(photos, rows, columns)


class _Canvas(nn.Module):
    """:class:`~mlkd.datasets.transforms.canvas.Canvas`, the image at the top left."""

    places: Tensor
    fill: Tensor

    def __init__(self, step: Canvas) -> None:
        super().__init__()
        self.register_buffer('places', torch.arange(step.size), persistent=False)
        self.register_buffer('fill', torch.tensor(step.fill, dtype=torch.uint8), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """(B, H, W, 3) to (B, size, size, 3)."""
        height, width = side_lengths(photos)
        rows, columns = (torch.minimum(self.places, length - 1) for length in (height, width))
        inside = (self.places < height)[:, None, None] & (self.places < width)[:, None]
        return torch.where(inside, photos.index_select(1, rows).index_select(2, columns), self.fill)
