from __future__ import annotations

import pytest
import torch
from frozen_backbones import Backbone


@pytest.fixture
def backbone() -> Backbone:
    torch.manual_seed(0)
    return Backbone().eval().requires_grad_(False)


@pytest.fixture
def view() -> torch.Tensor:
    return torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
