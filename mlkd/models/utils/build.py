"""Building parts of a network."""

from __future__ import annotations

from typing import Any

from torch import nn

from mlkd.registry import MODELS


def build_model(cfg: dict[str, Any] | nn.Module) -> Any:
    """A module from its config, looked up with mlkd's registry first; a module is given back as it is."""
    return cfg if isinstance(cfg, nn.Module) else MODELS.build(cfg)
