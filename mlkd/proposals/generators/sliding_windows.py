"""Boxes on a grid, whatever the image shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.tidying import tidy
from mlkd.registry import GENERATORS

SCORES = ('centre', 'uniform')
#: Standard deviation of the prior of where objects are, as a share of the image's width and height.
_SPREAD = 0.25


@GENERATORS.register_module()
class SlidingWindows(ProposalGenerator):
    """Boxes of several sizes and shapes on a grid: the floor that other generators are measured against.

    The whole image is the first. Large boxes near the centre come before others, as objects of photographs do: the
    prior of a box is its scale times exp(-(dx^2 + dy^2) / (2 * 0.25^2)), with the distance of its centre from the
    image's as shares of width and height.

    Args:
        scales: Square root of a box's area as a share of that of the image's.
        ratios: Width over height of the boxes, in pixels. A box longer than the image is cut to it, and
            none is shorter than a pixel.
        stride: Distance of neighbours as a share of their width and height; less where they would not reach the edge.
        score: ``'centre'``, the prior; or ``'uniform'``, 1 for all.
        max_boxes: At most so many are kept, those of the highest prior.

    Raises:
        ConfigError: If an argument is out of its range.
    """

    def __init__(
        self,
        scales: Sequence[float] = (1, 0.71, 0.5, 0.35, 0.25, 0.18),
        ratios: Sequence[float] = (0.5, 1, 2),
        stride: float = 0.25,
        score: str = 'centre',
        max_boxes: int = 2000,
    ) -> None:
        self.scales, self.ratios = tuple(scales), tuple(ratios)
        self.stride, self.score, self.max_boxes = stride, score, max_boxes
        self.check_settings(
            {
                'scales': not (scales and 0.01 <= min(scales) <= max(scales) <= 1) and 'at least one, of 0.01 to 1',
                'ratios': not (ratios and 0.01 <= min(ratios) <= max(ratios) <= 100) and 'at least one, of 0.01 to 100',
                'stride': not 0.02 <= stride <= 1 and '0.02 to 1',
                'score': score not in SCORES and f'one of {SCORES}',
                'max_boxes': max_boxes < 1 and 'at least 1',
            }
        )

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image, float32 (R, 4) and (R,); of the image only the size matters."""
        height, width = image.shape[:2]
        boxes, prior = [np.array([[0.0, 0, width, height]])], [np.ones(1)]
        for scale in self.scales:
            for ratio in self.ratios:
                side = scale * np.sqrt(height * width)
                boxes.append(_grid(width, height, side * np.sqrt(ratio), side / np.sqrt(ratio), self.stride))
                offset = (boxes[-1][:, :2] + boxes[-1][:, 2:]) / (2 * width, 2 * height) - 0.5
                prior.append(scale * np.exp(-(offset**2).sum(1) / (2 * _SPREAD**2)))
        kept, scores = tidy(np.concatenate(boxes), np.concatenate(prior), (height, width), self.max_boxes)
        return kept, scores if self.score == 'centre' else np.ones_like(scores)


def _grid(width: int, height: int, w: float, h: float, stride: float) -> np.ndarray:
    """Boxes (n, 4) of one size that cover the image from edge to edge."""
    size = np.minimum(np.maximum((w, h), 1), (width, height))
    x1, y1 = (
        np.linspace(0, whole - part, int(np.ceil((whole - part) / (stride * part))) + 1)
        for whole, part in zip((width, height), size, strict=True)
    )
    corner = np.stack(np.meshgrid(x1, y1), -1).reshape(-1, 2)
    return np.concatenate([corner, corner + size], 1)
