"""Backbones that do not train, or not all of them."""

from __future__ import annotations

import torch
from torch import nn


class Backbone(nn.Module):
    """Two maps; counts the images that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2, 1)
        self.norm = nn.BatchNorm2d(4)
        self.images = 0

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.images += len(x)
        x = self.norm(self.conv(x))
        return x, x.relu()


class HalfFrozen(nn.Module):
    """A frozen layer, and one that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen, self.trained = Backbone().eval().requires_grad_(False), nn.Conv2d(4, 2, 1)

    def frozen_part(self) -> nn.Sequential:
        return nn.Sequential(self.frozen.conv, self.frozen.norm)

    def forward_rest(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (self.trained(x),)
