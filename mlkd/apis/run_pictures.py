"""Which images of a data set are shown, and how they were stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

TEACHER_STAGE = 'teacher'


def chosen_images(dataset: Any, images: int) -> list[int]:
    """Indices of images at equal distances in the data set, among those with several labels where there are enough."""
    count = len(dataset)
    several = [i for i in range(count) if (np.asarray(dataset.get_data_info(i)['gt_label']) == 1).sum() > 1]
    pool = several if len(several) >= images else list(range(count))
    places = np.linspace(0, len(pool) - 1, min(images, len(pool)))
    return [pool[int(place)] for place in places]


def stored_image(packed: Mapping[str, Any], sample: Any) -> np.ndarray:
    """The frame of a packed sample, uint8 (H, W, 3) BGR, in the shape that the image was stored in."""
    height, width = sample.ori_shape[:2]
    frame = np.ascontiguousarray(packed['inputs'].permute(1, 2, 0).numpy())
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
