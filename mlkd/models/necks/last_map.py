"""No pooling: for heads that look at places."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from mlkd.registry import MODELS

from .global_pool import GlobalPool


@MODELS.register_module()
class LastMap(GlobalPool):
    """The last feature map as it is; grids of RoIs are averaged, as :class:`GlobalPool` does."""

    def forward(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        """Map (B, C, h, w), or several, of which the last one counts, to (B, C, h, w)."""
        return x if isinstance(x, Tensor) else x[-1]
