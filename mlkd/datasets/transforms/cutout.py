"""Hiding a part of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.arguments import check_number
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class Cutout(BaseTransform):
    """Fill a rectangle of one colour, at a place and in a colour drawn uniformly (the recipe of ASL and CPSD).

    Its centre may be any pixel, and it is cut off at the border: at a factor of one half it hides a sixteenth to a
    quarter of the image. Boxes stay. (Pillow's rectangle in the release includes its last row and column, one pixel
    more.)

    Args:
        factor: Its height and width as a share of the image's, 0 to 1.
    """

    is_random = True

    def __init__(self, factor: float = 0.5) -> None:
        check_number('Cutout.factor', factor, 0, 1)
        self.factor = factor

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Hide a part."""
        sides = []
        for length in results['img'].shape[:2]:
            half = int(self.factor * length + 0.5) // 2
            centre = np.random.randint(length)  # noqa: NPY002 - the data set seeds this generator
            sides.append(slice(max(centre - half, 0), min(centre + half, length)))
        img = results['img'] if results['img'].flags.writeable else results['img'].copy()
        img[tuple(sides)] = np.random.randint(256, size=3)  # noqa: NPY002 - the data set seeds this generator
        results['img'] = img
        return results
