from __future__ import annotations

from types import SimpleNamespace

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mlkd.engine.parts.group_optim import GroupOptimWrapper, GroupOptimWrapperConstructor

EACH = {'type': 'OptimWrapper', 'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}, 'accumulative_counts': 2}


def group() -> tuple[GroupOptimWrapper, nn.ModuleDict]:
    networks = nn.ModuleDict({'a': nn.Linear(1, 1, bias=False), 'b': nn.Linear(1, 1, bias=False)})
    made = GroupOptimWrapperConstructor({'each': EACH})(SimpleNamespace(networks=networks))  # type: ignore[arg-type]
    return made, networks


def test_each_network_has_the_optimiser_that_it_would_have_alone() -> None:
    made, networks = group()
    assert list(made.keys()) == ['a', 'b']
    for name, network in networks.items():
        assert isinstance(made[name], OptimWrapper)
        assert [p for one in made[name].param_groups for p in one['params']] == list(network.parameters())


def test_one_network_steps_and_the_other_stays() -> None:
    made, networks = group()
    made.initialize_count_status(networks, 0, 4)
    before = {name: network.weight.detach().clone() for name, network in networks.items()}
    for expected in (False, True):
        made['a'].update_params(networks['a'](torch.ones(1, 1)).sum())
        # The second of two accumulated iterations steps.
        assert (networks['a'].weight != before['a']).item() is expected
    assert torch.equal(networks['b'].weight, before['b'])


def test_rate_and_momentum_are_told_once() -> None:
    made, _ = group()
    assert made.get_lr() == {'lr': [0.1]}
    assert made.get_momentum() == {'momentum': [0.9]}
