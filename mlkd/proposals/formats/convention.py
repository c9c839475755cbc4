"""How a file writes a box, and the way to the boxes of a store and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Convention:
    """What the four numbers of a box mean.

    The defaults are those of a store: x1, y1, x2, y2, the first pixel 0, x2 and y2 just past the last pixel.

    Attributes:
        axes: ``'xy'``, or ``'yx'`` where the vertical number comes first (MATLAB).
        box_mode: ``'xyxy'`` corners, or ``'xywh'`` a corner, width and height.
        origin: Number of the first pixel, 0 or 1.
        end: Whether the second corner is the last pixel of the box (``'inclusive'``) or just past it; means nothing
            with ``'xywh'``.
    """

    axes: Literal['xy', 'yx'] = 'xy'
    box_mode: Literal['xyxy', 'xywh'] = 'xyxy'
    origin: Literal[0, 1] = 0
    end: Literal['exclusive', 'inclusive'] = 'exclusive'

    def to_pixels(self, bboxes: np.ndarray) -> np.ndarray:
        """Boxes of a file as a store has them.

        Args:
            bboxes: (R, 4), numbers of any type.

        Returns:
            float64 (R, 4), xyxy, zero-based, right and bottom edge exclusive.
        """
        boxes: np.ndarray = np.array(bboxes, np.float64).reshape(-1, 4)
        if self.axes == 'yx':
            boxes = boxes[:, [1, 0, 3, 2]]
        boxes[:, :2] -= self.origin
        if self.box_mode == 'xywh':
            boxes[:, 2:] += boxes[:, :2]
        else:
            boxes[:, 2:] += (self.end == 'inclusive') - self.origin
        return boxes

    def from_pixels(self, bboxes: np.ndarray) -> np.ndarray:
        """Inverse of :meth:`to_pixels`.

        Args:
            bboxes: float32 (R, 4), as in a store.

        Returns:
            (R, 4): float32 where these give the same boxes of a store again, else float64, which do for all numbers
            that are multiples of 2^-40 (smaller fractions of a pixel do not survive a shift by one).
        """
        boxes: np.ndarray = np.array(bboxes, np.float64).reshape(-1, 4)
        if self.box_mode == 'xywh':
            boxes[:, 2:] -= boxes[:, :2]
        else:
            boxes[:, 2:] += self.origin - (self.end == 'inclusive')
        boxes[:, :2] += self.origin
        if self.axes == 'yx':
            boxes = boxes[:, [1, 0, 3, 2]]
        narrow = boxes.astype(np.float32)
        same = np.array_equal(self.to_pixels(narrow).astype(np.float32), np.asarray(bboxes, np.float32).reshape(-1, 4))
        return narrow if same else boxes

    def alternatives(self, fixed: frozenset[str]) -> Iterator[tuple[str, Convention]]:
        """Other conventions that a file may be in, likelier ones first.

        Args:
            fixed: Names of attributes that shall stay as they are.

        Yields:
            What to write on the command line, and the convention.
        """
        other: dict[str, object] = {
            'axes': 'xy' if self.axes == 'yx' else 'yx',
            'box_mode': 'xyxy' if self.box_mode == 'xywh' else 'xywh',
            'origin': 1 - self.origin,
            'end': 'exclusive' if self.end == 'inclusive' else 'inclusive',
        }
        for names in (('axes',), ('box_mode',), ('end',), ('origin',), ('origin', 'end'), ('axes', 'box_mode')):
            if fixed.isdisjoint(names):
                flags = ' '.join(f'--{name.replace("_", "-")} {other[name]}' for name in names)
                yield flags, replace(self, **{name: other[name] for name in names})  # type: ignore[arg-type]
