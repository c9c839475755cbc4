from __future__ import annotations

import pytest
import torch
from torch import nn

from mlkd.engine.config_errors import translated
from mlkd.errors import ConfigError


@pytest.mark.parametrize(
    ('layer', 'given', 'found'),
    [
        (nn.Linear(9, 4), (2, 8), 'mat1 and mat2 shapes cannot be multiplied (2x8 and 9x4)'),
        (nn.Conv2d(9, 4, 1), (2, 8, 3, 3), 'to have 9 channels, but got 8 channels'),
        (nn.BatchNorm2d(9), (2, 8, 3, 3), 'running_mean should contain 8 elements not 9'),
    ],
)
def test_the_layer_is_named(layer: nn.Module, given: tuple[int, ...], found: str) -> None:
    network = nn.ModuleDict({'neck': nn.Sequential(nn.Identity(), layer)})
    outer = nn.Sequential(network['neck'])
    with pytest.raises(ConfigError, match='another number of channels') as caught, translated({}, 'stage'):
        outer(torch.zeros(given))
    assert caught.value.where == 'stage.model.0.1'
    assert found in caught.value.found
    assert 'in_channels' in caught.value.fix


class Apart(nn.Module):
    """Keeps a network outside of its tree, as a distiller keeps its teachers."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.kept = [network]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.kept[0](x)


def test_a_layer_outside_of_the_tree() -> None:
    with pytest.raises(ConfigError) as caught, translated({}, 'stage'):
        Apart(nn.Sequential(nn.ReLU(), nn.Linear(9, 4)))(torch.zeros(2, 8))
    assert caught.value.where == 'stage.model.1'


class Product(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ torch.zeros(9, 4)


def test_products_in_other_code_stay_faults_of_that_code() -> None:
    with pytest.raises(RuntimeError, match='mat1'), translated({}, 'stage'):
        Product()(torch.zeros(2, 8))
