"""ML-GCN: classifiers that a graph convolution makes of the labels' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.registry import MODELS

from .label_graph_head import LabelGraphHead
from .label_head import Config


@MODELS.register_module()
class MLGCNHead(LabelGraphHead[Tensor]):
    r"""Logits x^T w_k, the w_k from two graph convolutions (Chen et al., CVPR 2019).

    .. math:: W = \hat A \, \text{LeakyReLU}_{0.2}(\hat A E W_1) \, W_2

    Neither has a bias; :math:`\hat A` is constant. The vector of an image is a global maximum
    (:class:`~mlkd.models.necks.GlobalMaxPool`).

    Args:
        labels: Arguments of :class:`~mlkd.models.layers.label_table.LabelTable`.
        in_channels: D, the width of an image's vector.
        hidden_channels: Width between the two.
        loss_cls: Config of the loss; None: that of :class:`~mlkd.models.losses.SoftMargin`.
        init_cfg: MMEngine's.
    """

    SLOPE = 0.2

    def __init__(
        self,
        labels: Mapping[str, Any],
        in_channels: int = 2048,
        hidden_channels: int = 1024,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(labels, loss_cls, init_cfg)
        self.gc1 = nn.Parameter(torch.empty(self.labels.channels, hidden_channels))
        self.gc2 = nn.Parameter(torch.empty(hidden_channels, in_channels))
        for weight in (self.gc1, self.gc2):
            bound = weight.shape[1] ** -0.5
            nn.init.uniform_(weight, -bound, bound)

    def encode_labels(self) -> Tensor:
        """The classifiers W (K, D)."""
        matrix = self.labels.normalised_adjacency
        hidden = F.leaky_relu(matrix @ (self.labels.vectors @ self.gc1), self.SLOPE)
        return matrix @ (hidden @ self.gc2)

    def class_weights(self) -> Tensor:
        """Weights (K, D) of the classes."""
        return self.label_branch()

    def forward(self, x: Tensor) -> Tensor:
        """Vectors (B, D) to logits (B, K)."""
        return F.linear(x, self.label_branch())
