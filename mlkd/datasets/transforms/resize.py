"""Changing the size of an image, its boxes with it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from mlkd.arguments import check_number
from mlkd.datasets.frame_buffers import new_frame
from mlkd.datasets.transforms.boxes import map_boxes, rescaled
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS


def resize(
    results: dict[str, Any], size: tuple[int, int], antialias: bool = False, bicubic: bool = False
) -> dict[str, Any]:
    """Resize image and boxes: bilinear or bicubic, half-pixel centres.

    Args:
        results: What the pipeline hands on.
        size: (height, width).
        antialias: Whether all pixels count when the image is made smaller (Pillow's bilinear filter, torchvision's
            default); else two in each direction (OpenCV's default).
        bicubic: Pillow's bicubic filter, with anti-aliasing.
    """
    old = tuple(results['img_shape'])
    img = results['img']
    if antialias or bicubic:
        kind = Image.Resampling.BICUBIC if bicubic else Image.Resampling.BILINEAR
        results['img'] = np.array(Image.fromarray(img).resize(size[::-1], kind))
    else:
        room = new_frame(*size, img.shape[2]) if img.dtype == np.uint8 and img.ndim == 3 else None
        results['img'] = cv2.resize(img, size[::-1], room, interpolation=cv2.INTER_LINEAR)
    map_boxes(results, lambda boxes: rescaled(boxes, old, size))
    height, width = results['ori_shape']
    results.update(img_shape=size, scale_factor=(size[1] / width, size[0] / height))
    return results


@TRANSFORMS.register_module()
class Warp(BaseTransform):
    """Resize to a fixed size, whatever the aspect ratio.

    Args:
        size: Side in pixels, or (height, width).
        antialias: See :func:`resize`.
    """

    def __init__(self, size: int | tuple[int, int], antialias: bool = False) -> None:
        height, width = (size, size) if isinstance(size, int) else size
        for side in (height, width):
            check_number('Warp.size', side, 1)
        self.size, self.antialias = (int(height), int(width)), antialias

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize image and boxes."""
        return resize(results, self.size, self.antialias)


class _ResizeSide(BaseTransform):
    """Resize so that one side has a given length; the aspect ratio stays."""

    bicubic = False

    def __init__(self, sizes: int | Sequence[int]) -> None:
        where = f'{type(self).__name__}.sizes'
        lengths = [sizes] if isinstance(sizes, int) else list(sizes)
        if not lengths:
            raise ConfigError('No length is given.', where=where, found=sizes, expected='lengths in pixels')
        for length in lengths:
            check_number(where, length, 1)
        self.sizes = [int(length) for length in lengths]

    @property
    def is_random(self) -> bool:
        """Whether there are several lengths to draw from."""
        return len(set(self.sizes)) > 1

    def choose(self) -> int:
        """Draw one of the lengths."""
        return self.sizes[np.random.randint(len(self.sizes))]  # noqa: NPY002 - the data set seeds this generator

    @abstractmethod
    def scale(self, height: int, width: int) -> float:
        """Factor for an image of this size."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize image and boxes."""
        height, width = results['img_shape']
        scale = self.scale(height, width)
        return resize(results, (max(1, round(height * scale)), max(1, round(width * scale))), bicubic=self.bicubic)


@TRANSFORMS.register_module()
class ResizeLongSide(_ResizeSide):
    """Resize so that the longer side has a given length; the aspect ratio stays.

    Args:
        sizes: Length in pixels; of several, one is drawn for each image (name one alone for tests).
        bicubic: See :func:`resize`.
    """

    def __init__(self, sizes: int | Sequence[int], bicubic: bool = False) -> None:
        super().__init__(sizes)
        self.bicubic = bicubic

    def scale(self, height: int, width: int) -> float:
        """Factor for an image of this size."""
        return self.choose() / max(height, width)


@TRANSFORMS.register_module()
class ResizeShortSide(_ResizeSide):
    """Resize so that the shorter side has a given length, as Fast R-CNN's heirs do; the aspect ratio stays.

    Args:
        sizes: Length in pixels; of several, one is drawn for each image (name one alone for tests).
        max_long: The longer side gets no longer than this, whatever the shorter one then is.
    """

    def __init__(self, sizes: int | Sequence[int], max_long: int = 2000) -> None:
        super().__init__(sizes)
        check_number('ResizeShortSide.max_long', max_long, 1)
        self.max_long = max_long

    def scale(self, height: int, width: int) -> float:
        """Factor for an image of this size."""
        return min(self.choose() / min(height, width), self.max_long / max(height, width))
