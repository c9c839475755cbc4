"""From the frame of a sample back to the image as it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmdet.structures import DetDataSample
from torch import Tensor, stack


def boxes_in_original(bboxes: Tensor, sample: DetDataSample | Mapping[str, Any]) -> Tensor:
    """Boxes of a view, in pixels of the image as it was before it was resized and mirrored.

    Args:
        bboxes: (R, 4), xyxy pixels of the view.
        sample: Its ``img_shape``, ``scale_factor`` (width, height) and ``flip`` say what was done; absent ones,
            that nothing was. A sample, or the dict that a metric is given of it.

    Returns:
        float32 (R, 4).
    """
    if sample.get('flip', False):
        shape: Any = sample.get('img_shape')
        width = shape[1]
        bboxes = stack([width - bboxes[:, 2], bboxes[:, 1], width - bboxes[:, 0], bboxes[:, 3]], dim=1)
    return bboxes / bboxes.new_tensor(sample.get('scale_factor', (1.0, 1.0))).repeat(2)
