"""Boxes of the segments of an image, at several scales."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.opencv import require_ximgproc
from mlkd.proposals.generators.ranking import rank_by_agreement
from mlkd.registry import GENERATORS


@GENERATORS.register_module()
class GraphSegmentation(ProposalGenerator):
    """Boxes of the segments of Felzenszwalb and Huttenlocher (IJCV 2004), through ``cv2.ximgproc``.

    Where objects are of one colour or texture, as in Shapes, their segments are the objects, and growing them as
    :class:`~mlkd.proposals.SelectiveSearch` does adds little. All scores are 1, as the method gives none.

    Args:
        scales: The method's k, one segmentation for each: the larger, the larger the segments.
        sigma: Of the smoothing before it, in pixels.
        min_pixels: Smaller segments are merged into a neighbour.
        max_boxes: At most so many are kept, the first in the order of :func:`rank_by_agreement`.

    Raises:
        ConfigError: If an argument is out of its range, or OpenCV has no graph segmentation.
    """

    def __init__(
        self, scales: Sequence[float] = (100, 300), sigma: float = 0.6, min_pixels: int = 20, max_boxes: int = 2000
    ) -> None:
        self.scales, self.sigma, self.min_pixels, self.max_boxes = tuple(scales), sigma, min_pixels, max_boxes
        self.check_settings(
            {
                'scales': (not scales or min(scales) <= 0) and 'at least one, above 0',
                'sigma': sigma <= 0 and 'above 0',
                'min_pixels': min_pixels < 1 and 'at least 1',
                'max_boxes': max_boxes < 1 and 'at least 1',
            }
        )
        require_ximgproc('graph segmentation')

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            float32 (R, 4), R >= 1, xyxy pixels of ``image``, each box once, best first; and ones (R,).
        """
        found = [box for scale in self.scales for box in self._segments(image, scale)]
        boxes = np.unique(np.array(found, np.int64), axis=0)
        boxes = boxes[rank_by_agreement(boxes)][: self.max_boxes].astype(np.float32)
        return boxes, np.ones(len(boxes), np.float32)

    def _segments(self, image: np.ndarray, scale: float) -> list[tuple[int, int, int, int]]:
        segmentation = cv2.ximgproc.segmentation.createGraphSegmentation(self.sigma, scale, self.min_pixels)
        slices = ndimage.find_objects(segmentation.processImage(np.ascontiguousarray(image)) + 1)
        return [(x.start, y.start, x.stop, y.stop) for y, x in filter(None, slices)]
