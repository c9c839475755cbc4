"""fc6 and fc7 of VGG16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.registry import MODELS


@MODELS.register_module()
class FC67(BaseModule):
    """Two fully connected layers, each with ReLU and dropout, on a grid of features.

    Weight files may be torchvision's (``classifier.0``, ``classifier.3``), Caffe-style (``fc6``, ``fc7``) or Justin
    Johnson's (``classifier.1``, ``classifier.4``).

    Args:
        in_channels: C of the grid.
        roi_size: Side of the grid.
        hidden_channels: Width of fc6 and fc7.
        dropout: Rate.
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=...)`` for pretrained weights.
    """

    ignored_weights = ('features.', 'conv', 'classifier.6.', 'fc8.')

    def __init__(
        self,
        in_channels: int = 512,
        roi_size: int = 7,
        hidden_channels: int = 4096,
        dropout: float = 0.5,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        self.fc6 = nn.Linear(in_channels * roi_size**2, hidden_channels)
        self.fc7 = nn.Linear(hidden_channels, hidden_channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, roi_size, roi_size) to (N, hidden_channels)."""
        return self.roi_embed(x)

    def roi_embed(self, pooled: Tensor) -> Tensor:
        """Grids (N, C, roi_size, roi_size) to (N, hidden_channels)."""
        return self._after_fc6(self.fc6(pooled.flatten(1)))

    @property
    def grid_weight(self) -> Tensor | None:
        """Matrix (hidden_channels, C * roi_size^2) of fc6; None where the layer itself has to run: somebody listens."""
        fc6 = self.fc6
        plain = type(fc6) is nn.Linear and not (fc6._forward_hooks or fc6._forward_pre_hooks or fc6._backward_hooks)
        return fc6.weight if plain else None

    def embed_product(self, product: Tensor, weight: Tensor) -> Tensor:
        """As :meth:`roi_embed` of weighted grids, from what :attr:`grid_weight` makes of them before they are weighted.

        Args:
            product: (N, hidden_channels).
            weight: w_R (N,).

        Returns:
            (N, hidden_channels).
        """
        return self._after_fc6(product * weight[:, None].to(product.dtype) + self.fc6.bias.to(product.dtype))

    def _after_fc6(self, x: Tensor) -> Tensor:
        x = self.dropout(F.relu(x))
        return self.dropout(F.relu(self.fc7(x)))

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files, for each known kind."""
        files = (('classifier.0', 'classifier.3'), ('fc6', 'fc7'), ('classifier.1', 'classifier.4'))
        return [
            {
                f'{mine}.{kind}': f'{name}.{kind}'
                for mine, name in zip(('fc6', 'fc7'), names, strict=True)
                for kind in ('weight', 'bias')
            }
            for names in files
        ]


@MODELS.register_module()
class VGGNeck(FC67):
    """pool5 before fc6 and fc7: from the feature map of an image; grids of RoIs skip pool5."""

    def forward(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        """Embed images.

        Args:
            x: Map (B, C, 2 * roi_size, 2 * roi_size), or several, of which the last one counts.

        Returns:
            (B, hidden_channels).
        """
        feat = x if isinstance(x, Tensor) else x[-1]
        return self.roi_embed(F.max_pool2d(feat, 2))
