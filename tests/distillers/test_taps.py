from __future__ import annotations

import pytest
import torch
from torch import nn

from mlkd.distillers.taps import TapRecorder, check_taps
from mlkd.errors import ConfigError


class Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 3), Pair()))


def test_outputs_of_named_layers_are_kept_while_it_is_open() -> None:
    net, x = network(), torch.randn(4, 2)
    with TapRecorder(net, ['0', '1.0', '0']) as recorder:
        net(x)
        assert recorder.values.keys() == {'0', '1.0'}
        assert torch.equal(recorder.values['0'], net[0](x))
    assert not recorder.values
    net(x)
    assert not recorder.values
    assert not any(layer._forward_hooks for layer in net.modules())


def test_first_of_several_runs_counts() -> None:
    net = network()
    first, second = torch.randn(1, 2), torch.randn(1, 2)
    with TapRecorder(net, ['0']) as recorder:
        net(first)
        net(second)
        assert torch.equal(recorder.values['0'], net[0](first))


def test_layer_that_gives_several_tensors_is_refused() -> None:
    with TapRecorder(net := network(), ['1.1']), pytest.raises(ConfigError, match='no single tensor'):
        net(torch.randn(1, 2))


def test_unknown_layer_names_what_is_near() -> None:
    with pytest.raises(ConfigError, match=r'(?s)1\.5.*1\.0|1\.1'):
        check_taps(network(), ['1.5'], 'teachers.wsd')
