"""A canvas of one size for images of all sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.arguments import check_number
from mlkd.datasets.transforms.boxes import warp_boxes
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class Canvas(BaseTransform):
    """Cut out what is larger than a canvas, and put what is smaller on it; in height and in width each for itself.

    Boxes follow.

    Args:
        size: Side of the canvas in pixels.
        fill: Its colour, BGR, 0..255: by default ImageNet's mean, which is zero after normalisation but for rounding,
            0.4 of a grey level at most.
        random: Draw the place, evenly; else the image begins at the top left.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(self, size: int, fill: Sequence[int] = (104, 116, 124), random: bool = False) -> None:
        check_number('Canvas.size', size, 1, whole=True)
        if len(fill) != 3:
            raise ConfigError('A colour has three numbers.', where='Canvas.fill', found=fill)
        for value in fill:
            check_number('Canvas.fill', value, 0, 255)
        self.size, self.fill, self.random = size, tuple(fill), random

    @property
    def is_random(self) -> bool:
        """Whether the place is drawn."""
        return self.random

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Make the canvas and move the boxes."""
        image = results['img']
        (top, rows), (left, columns) = (self._place(length) for length in image.shape[:2])
        canvas = np.full((self.size, self.size, 3), self.fill, image.dtype)
        canvas[max(top, 0) : max(top, 0) + rows, max(left, 0) : max(left, 0) + columns] = image[
            max(-top, 0) : max(-top, 0) + rows, max(-left, 0) : max(-left, 0) + columns
        ]
        results.update(img=canvas, img_shape=(self.size, self.size))
        warp_boxes(results, np.array([[1, 0, left], [0, 1, top]], np.float64))
        return results

    def _place(self, length: int) -> tuple[int, int]:
        """Where the image begins on the canvas (below 0 where it is cut), and how much of it is there."""
        room = self.size - length
        drawn = np.random.randint(abs(room) + 1) if self.random else 0  # noqa: NPY002 - the data set seeds this generator
        return (drawn if room >= 0 else -drawn), min(length, self.size)
