"""Selective Search through OpenCV."""

from __future__ import annotations

import cv2
import numpy as np

from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.opencv import require_ximgproc, shrink
from mlkd.proposals.generators.ranking import rank_by_agreement
from mlkd.proposals.generators.tidying import tidy
from mlkd.registry import GENERATORS

MODES = ('fast', 'quality')
#: Images longer than so many times ``short_side`` are shrunk further: the time grows with the square of the length.
_LONGEST = 5


@GENERATORS.register_module()
class SelectiveSearch(ProposalGenerator):
    """Boxes of regions that grow by merging alike neighbours (Uijlings et al., IJCV 2013), through ``cv2.ximgproc``.

    All scores are 1, as the method gives none. OpenCV returns the boxes in an order drawn by the C library's ``rand``,
    another one at each call; here they are ordered by :func:`rank_by_agreement`, the same at each call.

    Share of 178 objects in 60 photographs of VOC 2007 (short side 256 px, difficult objects left out) that one of the
    first 100 / 300 / all boxes covers, and boxes and seconds per image on one core:

    ==============================  =====================  =====================  =====  =======
    settings                        IoU 0.5                IoU 0.7                boxes  seconds
    ==============================  =====================  =====================  =====  =======
    default (short_side=200)        0.798 / 0.837 / 0.876  0.371 / 0.511 / 0.601  561    0.5
    short_side=256                  0.764 / 0.815 / 0.876  0.404 / 0.500 / 0.708  891    0.9
    mode='quality', short_side=150  0.764 / 0.831 / 0.860  0.489 / 0.612 / 0.708  1107   1.0
    default, in OpenCV's order      0.539 / 0.770 / 0.876  -                      561    -
    ==============================  =====================  =====================  =====  =======

    Args:
        mode: ``'fast'`` (2 colour spaces, 3 scales, 2 measures of likeness) or ``'quality'`` (5, 5, 4).
        short_side: Images larger than this are segmented with a shorter side of so many pixels; time grows faster than
            the area, and small objects are lost. A panorama is shrunk until its longer side has five times as many.
            Boxes are always in pixels of the image given.
        min_size: Boxes narrower or lower than this, in pixels of the image given, are left out.
        max_boxes: At most so many are kept, the first.

    Raises:
        ConfigError: If an argument is out of its range, or OpenCV has no Selective Search.
    """

    def __init__(self, mode: str = 'fast', short_side: int = 200, min_size: float = 0, max_boxes: int = 2000) -> None:
        self.mode, self.short_side, self.min_size, self.max_boxes = mode, short_side, min_size, max_boxes
        self.check_settings(
            {
                'mode': mode not in MODES and f'one of {MODES}',
                'short_side': short_side < 16 and 'at least 16 pixels',
                'min_size': min_size < 0 and 'at least 0 pixels',
                'max_boxes': max_boxes < 1 and 'at least 1',
            }
        )
        require_ximgproc('Selective Search')

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of one image; the whole image where nothing else is found.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            float32 (R, 4), R >= 1, xyxy pixels of ``image``, each box once, best first; and ones (R,).
        """
        small, factors = shrink(image, self.short_side, _LONGEST * self.short_side)
        rects = self._segment(small)
        boxes = rects[rank_by_agreement(rects)] * factors
        large = (boxes[:, 2:] - boxes[:, :2] >= self.min_size).all(1)
        return tidy(boxes[large], np.ones(large.sum()), image.shape[:2], self.max_boxes)

    def _segment(self, image: np.ndarray) -> np.ndarray:
        """Boxes int64 (R, 4), xyxy, each once, in an order that depends on nothing but them."""
        search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
        search.setBaseImage(image)
        if self.mode == 'fast':
            search.switchToSelectiveSearchFast()
        else:
            search.switchToSelectiveSearchQuality()
        rects = np.asarray(search.process(), np.int64).reshape(-1, 4)
        rects[:, 2:] += rects[:, :2]
        return np.unique(rects, axis=0)
