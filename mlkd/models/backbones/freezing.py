"""Freezing the first stages of a backbone."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def freeze(modules: Iterable[nn.Module]) -> None:
    """Take modules out of training: no gradients, batch norm at its running statistics.

    To be called when the backbone is built and after each ``train()``, which would set them back.
    """
    for module in modules:
        module.eval()
        module.requires_grad_(False)


def hold_batch_norm(backbone: nn.Module) -> None:
    """Keep all batch norms at their running statistics; their weights go on training."""
    for module in backbone.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
