"""The layers of a backbone that do not train, and what runs after them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mlkd.errors import ConfigError


@runtime_checkable
class PartlyFrozen(Protocol):
    """A backbone whose first layers do not train."""

    def frozen_part(self) -> nn.Sequential:
        """Those layers; maybe none."""

    def forward_rest(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of the backbone from what they make of a view."""


def frozen_layers(backbone: nn.Module) -> nn.Module | None:
    """The first layers of a backbone if they do not train, all of it where nothing trains; None without any."""
    if is_frozen(backbone):
        return backbone
    return frozen_first(backbone)


def feature_maps(backbone: nn.Module, frozen: nn.Module, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Feature maps of a backbone from what its :func:`frozen_layers` made of a view."""
    return maps if frozen is backbone else backbone.forward_rest(*maps)  # type: ignore[operator]


def frozen_first(backbone: nn.Module) -> nn.Module | None:
    """The layers of a :class:`PartlyFrozen` backbone that do not train; None of another, or without any."""
    part = backbone.frozen_part() if isinstance(backbone, PartlyFrozen) else None
    return part if part is not None and len(part) else None


def is_frozen(network: nn.Module) -> bool:
    """Whether nothing of a network trains, nor do its batch norms follow what they see."""
    moving = any(isinstance(layer, _BatchNorm) and layer.training for layer in network.modules())
    return not moving and not any(x.requires_grad for x in network.parameters())


def as_tuple(output: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What a backbone or one layer of it gives, as a tuple of maps."""
    return (output,) if isinstance(output, Tensor) else tuple(output)


def nothing_frozen(backbone: nn.Module) -> ConfigError:
    """The error about a backbone that trains and whose maps are to be kept."""
    trains = sum(x.requires_grad for x in backbone.parameters())
    moving = sum(isinstance(layer, _BatchNorm) and layer.training for layer in backbone.modules())
    return ConfigError(
        'Feature maps of a backbone that trains cannot be kept.',
        where='feature_cache',
        found=f'{trains} parameters that train, {moving} batch norms in training mode',
        expected='a backbone of which nothing trains, or one with a frozen_part',
        fix='freeze it or its first stages (frozen_stages), or leave feature_cache out',
    )
