"""A stand-in for the compiled module ``mmcv._ext``, over torchvision's kernels.

It serves RoIAlign (average), RoIPool and NMS with the signatures and the arithmetic of MMCV's compiled operators.
Any other operator can be named but not called: calling it says how to get the compiled build.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

import torch
from torch import Tensor

from mlkd.errors import MLKDError


class OpNotCompiledError(MLKDError):
    """An operator of MMCV was called that only the compiled build has."""


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int = 0) -> Tensor:
    """Indices of the boxes kept by greedy NMS, best first.

    Args:
        boxes: (n, 4) xyxy.
        scores: (n,).
        iou_threshold: A box that overlaps a better one by more than this is dropped.
        offset: 0, or 1 where widths are ``x2 - x1 + 1``.
    """
    from torchvision.ops import nms as torchvision_nms

    grow = boxes.new_tensor([0, 0, offset, offset])
    return torchvision_nms(boxes.float() + grow, scores.float(), iou_threshold)


def roi_align_forward(
    feat: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (n, C, aligned_height, aligned_width) with RoIAlign's averages."""
    from torchvision.ops import roi_align

    if pool_mode != 1:
        _refuse("roi_align_forward with pool_mode='max'")
    feat, rois = _computable(feat), _computable(rois)
    output.copy_(roi_align(feat, rois, (aligned_height, aligned_width), spatial_scale, sampling_ratio, aligned))


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (B, C, H, W) with the gradient of :func:`roi_align_forward`."""
    import torchvision  # noqa: F401  (registers torch.ops.torchvision)

    size = grad_input.shape
    grad_output, rois = _computable(grad_output), _computable(rois)
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output, rois, spatial_scale, aligned_height, aligned_width, *size, sampling_ratio, aligned
        )
    )


def _computable(tensor: Tensor) -> Tensor:
    """In float32 where torchvision has no kernel for the type; copied back, results have the type of the map again."""
    return tensor.float() if tensor.dtype == torch.bfloat16 else tensor


def roi_pool_forward(
    feat: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output`` and ``argmax`` (n, C, pooled_height, pooled_width) as MMCV's RoIPool does.

    Its rule is not Fast R-CNN's: corners are not rounded, and the right end is ``(x2 + 1) * spatial_scale``. An empty
    bin gives 0 and argmax -1.
    """
    height, width = feat.shape[-2:]
    argmax.fill_(-1)
    output.zero_()
    for n, roi in enumerate(rois.tolist()):
        x1, y1 = roi[1] * spatial_scale, roi[2] * spatial_scale
        roi_w, roi_h = (roi[3] + 1) * spatial_scale - x1, (roi[4] + 1) * spatial_scale - y1
        if roi_w <= 0 or roi_h <= 0:
            continue
        cols, rows = _bins(x1, roi_w, pooled_width, width), _bins(y1, roi_h, pooled_height, height)
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(cols):
                if bottom <= top or right <= left:
                    continue
                value, at = feat[int(roi[0]), :, top:bottom, left:right].flatten(1).max(1)
                output[n, :, i, j] = value
                span = right - left
                argmax[n, :, i, j] = ((top + at // span) * width + left + at % span).to(argmax.dtype)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Add each bin's gradient to the cell of ``grad_input`` (B, C, H, W) that was its maximum."""
    batch, channels, height, width = grad_input.shape
    plane = rois[:, :1].long() * channels + torch.arange(channels, device=rois.device)
    index = plane[:, :, None, None] * (height * width) + argmax.long()
    there = argmax >= 0
    flat = torch.zeros(batch * channels * height * width, dtype=grad_output.dtype, device=grad_output.device)
    flat.index_add_(0, index[there], grad_output[there])
    grad_input.copy_(flat.view_as(grad_input))


def _bins(start: float, extent: float, count: int, limit: int) -> list[tuple[int, int]]:
    edges = torch.arange(count + 1, dtype=torch.float32) * (extent / count) + start
    low, high = edges[:-1].floor().clamp(0, limit), edges[1:].ceil().clamp(0, limit)
    return [(int(a), int(b)) for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def _refuse(name: str) -> NoReturn:
    raise OpNotCompiledError(
        f'The operator {name} of MMCV is not available.',
        where='mmcv._ext',
        found='MMCV without compiled operators; mlkd stands in for RoIAlign (avg), RoIPool and NMS only',
        expected='MMCV with compiled operators',
        fix='install a build with them: MMCV_WITH_OPS=1 pip install --no-binary :all: onedl-mmcv (takes a compiler)',
    )


def _missing(name: str) -> Callable[..., Any]:
    def op(*args: Any, **kwargs: Any) -> NoReturn:
        _refuse(name)

    op.__name__ = name
    return op


SERVED = (nms, roi_align_forward, roi_align_backward, roi_pool_forward, roi_pool_backward)


def make_module(name: str = 'mmcv._ext') -> ModuleType:
    """The stand-in as a module: the served operators, and a refusing function for any other name."""
    module = ModuleType(name, __doc__)
    module.__spec__ = ModuleSpec(name, None)
    for op in SERVED:
        setattr(module, op.__name__, op)

    def __getattr__(attribute: str) -> Callable[..., Any]:
        if attribute.startswith('__'):
            raise AttributeError(attribute)
        return _missing(attribute)

    module.__getattr__ = __getattr__  # type: ignore[method-assign]
    return module
