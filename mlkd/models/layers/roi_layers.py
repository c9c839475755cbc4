"""RoI layers: from a feature map and boxes to a grid of features per box.

``MODELS.build`` finds them by name; ``layer(feat, rois)`` takes a map (B, C, H, W) and rois (ΣR, 5) and gives
(ΣR, C, h, w).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import torch
import torchvision
from mmcv import ops
from torch import Tensor, nn

from mlkd.registry import MODELS


class Float32RoILayer(nn.Module, ABC):
    """Computes in float32 whatever autocast says, and gives back the map's data type.

    Coordinates do not survive in half precision: from 256 on, bfloat16 holds even numbers only.
    """

    output_size: tuple[int, int]

    @abstractmethod
    def pool(self, feat: Tensor, rois: Tensor) -> Tensor:
        """Pool a float32 map."""

    def cells(self, rois: Tensor) -> Tensor:
        """What a RoI's features depend on beside the map: (ΣR, n), equal rows where the same cells are pooled."""
        return rois

    def forward(self, feat: Tensor, rois: Tensor) -> Tensor:
        """Pool.

        Args:
            feat: (B, C, H, W).
            rois: (ΣR, 5): batch index, x1, y1, x2, y2 in pixels of the view.

        Returns:
            (ΣR, C, *output_size).
        """
        if len(rois) == 0:
            # Still part of the graph, so that distributed training sees all parameters used.
            return feat.new_zeros(0, feat.shape[1], *self.output_size) + feat.sum() * 0
        with torch.autocast(feat.device.type, enabled=False):
            return self.pool(feat.float(), rois.float()).to(feat.dtype)


@MODELS.register_module()
class RoIAlign(Float32RoILayer):
    """MMCV's RoIAlign (its CUDA operator where that is compiled).

    Args:
        output_size: Bins per side.
        spatial_scale: Cells per pixel of the view, 1/16 for a map of stride 16.
        sampling_ratio: Samples per side of a bin; 0 takes as many as the bin has cells.
        aligned: Half-pixel correct positions.
    """

    def __init__(
        self, output_size: int = 7, spatial_scale: float = 1 / 16, sampling_ratio: int = 0, aligned: bool = True
    ) -> None:
        super().__init__()
        self.output_size = (output_size, output_size)
        self.align = ops.RoIAlign(output_size, spatial_scale, sampling_ratio, aligned=aligned)

    def pool(self, feat: Tensor, rois: Tensor) -> Tensor:
        """Pool a float32 map."""
        return self.align(feat, rois)


@MODELS.register_module()
class FastRCNNRoIPool(Float32RoILayer):
    """RoI max pooling, bin by bin as in Fast R-CNN's Caffe layer (MMCV's ``RoIPool`` rounds differently).

    First and last cell are round-half-away(coordinate / 16); bin i of h rows covers rows floor(i h / 7) to
    ceil((i + 1) h / 7) - 1. Exact in float32 only: in float64 extents of 29 and 58 cells give the last bin a row too
    many.

    Args:
        output_size: Bins per side.
        spatial_scale: Cells per pixel of the view, 1/16 for a map of stride 16.
        rounding: ``'fast_rcnn'``, or ``'matconvnet'``: the cells of the MatConvNet release of WSDDN, which takes cells
            whose receptive centre is well inside the box. It is made for stride 16.
        first_centre: For ``'matconvnet'``: the receptive centre of the map's first cell, in 1-based pixels; 8.5 of
            VGG16, 18 of VGG-F.
    """

    def __init__(
        self,
        output_size: int = 7,
        spatial_scale: float = 1 / 16,
        rounding: Literal['fast_rcnn', 'matconvnet'] = 'fast_rcnn',
        first_centre: float = 8.5,
    ) -> None:
        super().__init__()
        self.output_size = (output_size, output_size)
        self.spatial_scale = spatial_scale
        self.rounding = rounding
        self.first_centre = first_centre

    def cells(self, rois: Tensor) -> Tensor:
        """Batch index, first and last cell of each RoI (ΣR, 5): many boxes round to the same."""
        rois = rois.float()
        if self.rounding == 'matconvnet':
            return matconvnet_cells(rois, self.spatial_scale, self.first_centre)
        corners = rois[:, 1:] * self.spatial_scale
        # Not floor(x + 0.5), which rounds the last number below one half up.
        whole = corners.trunc()
        return torch.cat([rois[:, :1], whole + corners.sign() * ((corners - whole).abs() >= 0.5)], dim=1)

    def pool(self, feat: Tensor, rois: Tensor) -> Tensor:
        """Pool a float32 map."""
        scale = self.spatial_scale
        if self.rounding == 'matconvnet':
            rois, scale = matconvnet_cells(rois, scale, self.first_centre), 1.0
        return torchvision.ops.roi_pool(feat, rois, self.output_size, scale)


def matconvnet_cells(rois: Tensor, spatial_scale: float = 1 / 16, first_centre: float = 8.5) -> Tensor:
    """First and last cell of each box as WSDDN's MatConvNet release has them.

    For 1-based pixels c and the first cell's centre o: first = floor((c - o + 9.5) / 16 + 0.5) + 1,
    last = ceil((c - o - 9.5) / 16 - 0.5) + 1, 1-based (``wsddn_train.m``).

    Args:
        rois: (ΣR, 5): batch index, x1, y1, x2, y2, zero-based, of which x2, y2 are the last pixels.
        spatial_scale: Cells per pixel.
        first_centre: o, 8.5 for VGG16.

    Returns:
        (ΣR, 5): batch index, zero-based cells.
    """
    first = ((rois[:, 1:3] + 1 - first_centre + 9.5) * spatial_scale + 0.5).floor()
    last = ((rois[:, 3:5] + 1 - first_centre - 9.5) * spatial_scale - 0.5).ceil()
    return torch.cat([rois[:, :1], first, torch.maximum(first, last)], dim=1)
