"""Mean or maximum over space, for backbones without fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.registry import MODELS


@MODELS.register_module()
class GlobalPool(BaseModule):
    """Global average pooling, of an image's map or of a RoI's grid.

    Attributes:
        pools_alone: Whether a linear layer behind it is linear in what it pools, so that it has class maps.
    """

    pools_alone = True

    def forward(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        """Embed images.

        Args:
            x: Map (B, C, h, w), or several, of which the last one counts.

        Returns:
            (B, C).
        """
        return self.roi_embed(x if isinstance(x, Tensor) else x[-1])

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids (N, C, h, w) to (N, C)."""
        return pooled.mean((2, 3))


@MODELS.register_module()
class GlobalMaxPool(GlobalPool):
    """Global max pooling: what is small is not averaged away."""

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids (N, C, h, w) to (N, C)."""
        return pooled.amax((2, 3))


@MODELS.register_module()
class PooledFC(GlobalPool):
    """Global average pooling, one fully connected layer with ReLU if asked for, dropout.

    Args:
        in_channels: C of the map or grid.
        hidden_channels: Width of the layer ``fc``; None: there is none.
        dropout: Rate.
        init_cfg: MMEngine's.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | None = None,
        dropout: float = 0.5,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        self.fc = nn.Linear(in_channels, hidden_channels) if hidden_channels else None
        self.pools_alone = self.fc is None
        self.dropout = nn.Dropout(dropout)

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids (N, C, h, w) to (N, hidden_channels), or (N, C) without ``fc``."""
        x = super().roi_embed(pooled)
        return self.dropout(F.relu(self.fc(x)) if self.fc is not None else x)


@MODELS.register_module()
class RoIContrast(BaseModule):
    """A vector for each stream of WSDDN: what a RoI is like, and how it differs from what surrounds it.

    That is ContextLocNet's contrastive model (Kantorov et al., ECCV 2016): a part of an object is surrounded by more of
    it, and does not stand out. It takes the grids of :class:`~mlkd.models.layers.RoIMeanAndRing`, and
    :class:`~mlkd.models.heads.WSDDNHead` takes its vectors with ``halves=True``.

    Args:
        in_channels: C; to be given where there is a layer.
        hidden_channels: Width of a fully connected layer with ReLU, ``fc``, that RoI and ring both go through; None:
            there is none.
        dropout: Rate.
        init_cfg: MMEngine's.
    """

    def __init__(
        self,
        in_channels: int | None = None,
        hidden_channels: int | None = None,
        dropout: float = 0.5,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        self.fc = nn.Linear(in_channels, hidden_channels) if in_channels and hidden_channels else None
        self.dropout = nn.Dropout(dropout)

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """RoI and ring (N, C, 1, 2) to (N, 2 D), D being ``hidden_channels`` or C: the RoI; the RoI minus the ring."""
        vectors = pooled.flatten(2).transpose(1, 2)
        roi, ring = (F.relu(self.fc(vectors)) if self.fc is not None else vectors).unbind(1)
        return self.dropout(torch.cat([roi, roi - ring], 1))
