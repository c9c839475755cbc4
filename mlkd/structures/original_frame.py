"""From the frame of a sample back to the image as it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmdet.structures import DetDataSample
from torch import Tensor, arange, float64, stack, zeros


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


def maps_in_original(maps: Tensor, sample: DetDataSample | Mapping[str, Any]) -> Tensor:
    """Maps of a view, at each pixel of the image as it was before it was resized, padded and mirrored.

    Bilinear with half-pixel centres, in double precision, so that what ties before does after.

    Args:
        maps: (n, h, w), evenly spread over the view, its padding included (``batch_input_shape``).
        sample: As of :func:`boxes_in_original`; ``ori_shape`` is the size that is wanted.

    Returns:
        float64 (n, H, W).
    """
    shape: Any = sample.get('img_shape') or sample.get('ori_shape')
    size: Any = sample.get('ori_shape')
    view: Any = sample.get('batch_input_shape') or shape
    wide, high = sample.get('scale_factor') or (1.0, 1.0)
    rows = (arange(size[0], dtype=float64) + 0.5) * high
    columns = (arange(size[1], dtype=float64) + 0.5) * wide
    if sample.get('flip', False):
        columns = shape[1] - columns
    down, across = (
        _interpolation(places * cells / length - 0.5, cells)
        for places, cells, length in zip((rows, columns), maps.shape[-2:], view, strict=True)
    )
    return down.to(maps.device) @ maps.double() @ across.T.to(maps.device)


def _interpolation(places: Tensor, cells: int) -> Tensor:
    """Matrix (n, cells) that interpolates values of cells at places (n,), counted in cells from the first's centre."""
    places = places.clamp(0, cells - 1)
    low = places.floor().long()
    share = places - low
    matrix = zeros(len(places), cells, dtype=float64)
    matrix.scatter_add_(1, low[:, None], 1 - share[:, None])
    return matrix.scatter_add_(1, (low + 1).clamp(max=cells - 1)[:, None], share[:, None])
