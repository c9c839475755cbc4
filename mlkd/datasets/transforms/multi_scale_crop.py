"""The crop of ML-GCN and MSRN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from mlkd.arguments import check_number
from mlkd.datasets.transforms.boxes import GROUND_TRUTH, PROPOSALS
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS

#: Of the two places that are left in width and in height, in quarters: corners, middle, sides, and between.
PLACES = (
    *((0, 0), (4, 0), (0, 4), (4, 4), (2, 2), (0, 2), (4, 2), (2, 4), (2, 0)),
    *((1, 1), (3, 1), (1, 3), (3, 3)),
)
#: A side that is nearer to the size asked for than this becomes it.
_NEAR = 3


@TRANSFORMS.register_module()
class MultiScaleCrop(BaseTransform):
    """Cut out a part of one of several sizes at one of 13 places and resize it to a square, whatever its aspect ratio.

    A side of the part is a share of the image's shorter side; that of width and that of height are neighbours, at most
    ``max_distort`` apart in the list of shares. Resizing is bilinear with anti-aliasing, PIL's. What the part has
    beyond the image, 2 pixels at most, is black. Boxes follow; proposals of which nothing is left are left out, and
    where none remains the whole part is one.

    Args:
        size: Side in pixels.
        scales: The shares: those of MSRN by default; of ML-GCN, (1.0, 0.875, 0.75, 0.66, 0.5).
        max_distort: See above.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(
        self, size: int = 448, scales: Sequence[float] = (1.0, 0.9, 0.8, 0.7, 0.6), max_distort: int = 2
    ) -> None:
        check_number('MultiScaleCrop.size', size, 1, whole=True)
        check_number('MultiScaleCrop.max_distort', max_distort, 0, whole=True)
        if not scales:
            raise ConfigError('There is no share to draw.', where='MultiScaleCrop.scales', found=scales)
        for scale in scales:
            # The released default has 875 for .875.
            check_number('MultiScaleCrop.scales', scale, 0, 1, above=True)
        self.size, self.scales, self.max_distort = size, tuple(scales), max_distort

    @property
    def is_random(self) -> bool:
        """Whether the part is drawn: always."""
        return True

    def sizes(self, height: int, width: int) -> list[tuple[int, int]]:
        """Sizes (height, width) of parts, each as likely as it is often in the list.

        >>> len(MultiScaleCrop(448).sizes(375, 500)), MultiScaleCrop(448).sizes(375, 500)[:3]
        (19, [(375, 375), (375, 337), (375, 300)])
        """
        sides = [int(min(height, width) * scale) for scale in self.scales]
        sides = [self.size if abs(side - self.size) < _NEAR else side for side in sides]
        pairs = [(i, j) for i in range(len(sides)) for j in range(len(sides)) if abs(i - j) <= self.max_distort]
        return [(sides[i], sides[j]) for i, j in pairs]

    def choose(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Draw a part: x1, y1, x2, y2 in pixels of the image."""
        sizes = self.sizes(height, width)
        h, w = sizes[np.random.randint(len(sizes))]  # noqa: NPY002 - the data set seeds this generator
        across, down = PLACES[np.random.randint(len(PLACES))]  # noqa: NPY002 - the same
        # Steps are whole pixels, so that the last place may end a few pixels before the image does.
        x, y = across * ((width - w) // 4), down * ((height - h) // 4)
        return x, y, x + w, y + h

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Cut and resize image and boxes."""
        part = self.choose(*results['img_shape'])
        image = Image.fromarray(results['img']).crop(part)
        results['img'] = np.asarray(image.resize((self.size, self.size), Image.Resampling.BILINEAR))
        height, width = results['ori_shape']
        results.update(img_shape=(self.size, self.size), scale_factor=(self.size / width, self.size / height))
        if GROUND_TRUTH in results:
            results[GROUND_TRUTH] = self._moved(results[GROUND_TRUTH], part)
        if PROPOSALS in results:
            self._move_proposals(results, part)
        return results

    def _moved(self, bboxes: np.ndarray, part: tuple[int, int, int, int]) -> np.ndarray:
        x1, y1, x2, y2 = part
        scale = self.size / np.array([x2 - x1, y2 - y1] * 2)
        return ((bboxes - np.array([x1, y1, x1, y1])) * scale).clip(0, self.size)

    def _move_proposals(self, results: dict[str, Any], part: tuple[int, int, int, int]) -> None:
        bboxes, scores = self._moved(results[PROPOSALS], part), results['proposal_scores']
        kept = (bboxes[:, 2:] - bboxes[:, :2] >= 1).all(1)
        if len(bboxes) and not kept.any():
            bboxes, scores, kept = np.array([[0.0, 0, self.size, self.size]]), np.ones(1, np.float32), np.array([True])
        results[PROPOSALS], results['proposal_scores'] = bboxes[kept], scores[kept]
