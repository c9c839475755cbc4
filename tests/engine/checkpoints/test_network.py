from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.engine.checkpoints import load_network, network_prefix, save_network
from mlkd.engine.checkpoints.network import adapt_network
from mlkd.errors import CheckpointError


class Distiller(nn.Module):
    def __init__(self, student: nn.Module) -> None:
        super().__init__()
        self.student, self.connector = student, nn.Linear(2, 2)


def network(width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))


@pytest.mark.parametrize('into_distiller', [False, True])
@pytest.mark.parametrize('kind', ['flat', 'mmengine', 'distiller'])
def test_every_form_of_checkpoint_loads(tmp_path: Path, kind: str, into_distiller: bool) -> None:
    source = network()
    if kind == 'flat':
        save_network(source.state_dict(), tmp_path / 'a.pth')
    else:
        model = source if kind == 'mmengine' else Distiller(source)
        torch.save({'meta': {}, 'state_dict': model.state_dict()}, tmp_path / 'a.pth')
    target = network()
    load_network(Distiller(target) if into_distiller else target, tmp_path / 'a.pth')
    assert all(
        torch.equal(a, b) for a, b in zip(source.state_dict().values(), target.state_dict().values(), strict=True)
    )


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    save_network({**network(4).state_dict(), 'extra.weight': torch.ones(1)}, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError) as error:
        load_network(network(3), tmp_path / 'a.pth')
    text = str(error.value)
    assert '0.bias (4,) instead of (3,)' in text
    assert 'not in the network: extra.weight' in text
    assert str(tmp_path / 'a.pth') in text


def test_adapt_network() -> None:
    state = network().state_dict()
    distiller = Distiller(network())
    checkpoint = dict(state)
    adapt_network(checkpoint, distiller.state_dict(), network_prefix(distiller))
    assert checkpoint['state_dict'].keys() == {f'student.{name}' for name in state}
    whole = {'state_dict': distiller.state_dict(), 'meta': {}}
    adapt_network(whole, distiller.state_dict(), 'student.')
    assert whole.keys() == {'state_dict', 'meta'}
    with pytest.raises(CheckpointError, match='no tensor of the model'):
        adapt_network({'state_dict': {'other': torch.ones(1)}}, state, '')
    with pytest.raises(CheckpointError, match='missing: 1'):
        adapt_network({'0.weight': state['0.weight'], '0.bias': state['0.bias']}, state, '')
