"""Mirroring an image, its boxes with it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.arguments import check_number
from mlkd.datasets.transforms.boxes import GROUND_TRUTH, PROPOSALS, map_boxes
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MirrorFlip(BaseTransform):
    """Mirror left and right with a probability.

    Args:
        prob: Probability, 0 to 1.
        pixel_boxes: How proposals are mirrored in an image W pixels wide. False: their coordinates are continuous, x2
            is where the box ends, and x becomes W - x. True: they name pixels, as those of the reference implementation
            (layer ``data_transformer``); they are truncated and x becomes W - 1 - x. Boxes of the annotation are
            always continuous.
    """

    def __init__(self, prob: float = 0.5, pixel_boxes: bool = False) -> None:
        check_number('MirrorFlip.prob', prob, 0, 1)
        self.prob, self.pixel_boxes = prob, pixel_boxes

    @property
    def is_random(self) -> bool:
        """Whether some images are mirrored and others are not."""
        return 0 < self.prob < 1

    def choose(self) -> bool:
        """Draw whether to mirror."""
        return bool(np.random.random_sample() < self.prob)  # noqa: NPY002 - the data set seeds this generator

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror image and boxes, or not."""
        if not self.choose():
            return results
        width = results['img_shape'][1]
        results['img'] = cv2.flip(results['img'], 1)
        results['flip'] = not results.get('flip', False)
        map_boxes(results, lambda boxes: mirrored(boxes, width), (GROUND_TRUTH,))
        map_boxes(results, lambda boxes: mirrored(boxes, width, self.pixel_boxes), (PROPOSALS,))
        return results


def mirrored(bboxes: np.ndarray, width: int, pixel_boxes: bool = False) -> np.ndarray:
    """Boxes of an image that is mirrored.

    Args:
        bboxes: (n, 4), xyxy pixels.
        width: Of the image.
        pixel_boxes: See :class:`MirrorFlip`.

    Returns:
        (n, 4).
    """
    # Whole pixels that went into another frame and back may be 1e-13 short of whole: float32 makes them whole again.
    flipped = np.trunc(bboxes.astype(np.float32)) if pixel_boxes else bboxes.copy()
    flipped[:, [0, 2]] = (width - 1 if pixel_boxes else width) - flipped[:, [2, 0]]
    return flipped
