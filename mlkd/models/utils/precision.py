"""Losses and softmaxes are computed in float32 whatever autocast says."""

from __future__ import annotations

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """``x`` in float32, or as it is where it is float64 already (finite-difference checks)."""
    return x if x.dtype == torch.float64 else x.float()
