"""A RoI beside what surrounds it."""

from __future__ import annotations

import torch
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .roi_layers import Float32RoILayer


@MODELS.register_module()
class RoIMeanAndRing(Float32RoILayer):
    """The mean of a RoI, and the mean of the ring around it: the context of ContextLocNet (Kantorov et al., ECCV 2016).

    A cell counts by the area of it that is covered. Both means are linear in the map and separable but for a
    subtraction, so they are small matrix products, deterministic on every device. The ring is what the RoI, enlarged
    about its centre, has beyond it within the map; where it has nothing, such as for the whole image, its mean is 0.

    Gives (ΣR, C, 1, 2): RoI, ring.

    Args:
        spatial_scale: Cells per pixel of the view.
        context: Sides of the enlarged RoI over those of the RoI; 1.8 in the paper.

    Raises:
        ConfigError: If ``context`` is not above 1.
    """

    output_size = (1, 2)

    def __init__(self, spatial_scale: float = 1 / 32, context: float = 1.8) -> None:
        super().__init__()
        if context <= 1:
            expected = 'above 1: sides of the enlarged RoI over those of the RoI'
            raise ConfigError('There is no ring.', where='RoIMeanAndRing.context', found=context, expected=expected)
        self.spatial_scale = spatial_scale
        self.context = context

    def pool(self, feat: Tensor, rois: Tensor) -> Tensor:
        """Pool a float32 map; rois are image-major."""
        middle, half = (rois[:, 1:3] + rois[:, 3:5]) / 2, (rois[:, 3:5] - rois[:, 1:3]) / 2
        inside, enlarged = (self._covered(middle - s * half, middle + s * half, feat) for s in (1.0, self.context))
        # Of the last digit of a difference nothing is to be made.
        ring = (enlarged - inside).clamp(min=0) * (enlarged.sum(1) > inside.sum(1) * (1 + 1e-4))[:, None]
        counts = torch.bincount(rois[:, 0].long(), minlength=len(feat)).tolist()
        means = [
            torch.cat([part @ f.flatten(1).T for part, f in zip(_shares(areas).split(counts), feat, strict=True)])
            for areas in (inside, ring)
        ]
        return torch.stack(means, -1)[:, :, None]

    def _covered(self, low: Tensor, high: Tensor, feat: Tensor) -> Tensor:
        """Area of each cell that each box (corners (ΣR, 2), x and y) covers, in cells: (ΣR, H * W)."""
        across, down = (
            self._overlap(low[:, axis], high[:, axis], cells) for axis, cells in enumerate(reversed(feat.shape[-2:]))
        )
        return (down[:, :, None] * across[:, None, :]).flatten(1)

    def _overlap(self, low: Tensor, high: Tensor, cells: int) -> Tensor:
        """Length of each cell of an axis that is covered, in cells: (ΣR, cells)."""
        edges = torch.arange(cells + 1, device=low.device)
        low, high = low[:, None] * self.spatial_scale, high[:, None] * self.spatial_scale
        return (torch.minimum(high, edges[1:]) - torch.maximum(low, edges[:-1])).clamp(min=0)


def _shares(areas: Tensor) -> Tensor:
    """Areas (ΣR, n) over their sum, 0 where that is 0."""
    total = areas.sum(1, keepdim=True)
    return areas / torch.where(total > 0, total, 1)
