from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from mlkd.errors import CheckpointError
from mlkd.models.utils.fit import check_fits, load_strictly


def network(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.Linear(4, classes))


def message(state: dict) -> str:
    with pytest.raises(CheckpointError) as raised:
        check_fits(state, network().state_dict(), 'file.pth')
    return str(raised.value)


def test_what_fits_is_loaded(tmp_path: Path) -> None:
    source, target = network(), network()
    torch.save({'state_dict': source.state_dict()}, tmp_path / 'file.pth')
    load_strictly(target, tmp_path / 'file.pth', 'teachers.wsd')
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), target.parameters(), strict=True))


def test_checkpoint_of_mmdetection_is_read(tmp_path: Path) -> None:
    """Beside the tensors it holds histories of what was logged."""
    source, target = network(), network()
    hub = {'log_scalars': {'loss': HistoryBuffer([1.0], [1])}}
    torch.save({'state_dict': source.state_dict(), 'message_hub': hub}, tmp_path / 'epoch_12.pth')
    load_strictly(target, tmp_path / 'epoch_12.pth', 'teachers.det')
    assert torch.equal(target[1].weight, source[1].weight)


def test_another_number_of_classes_is_told() -> None:
    text = message(network(7).state_dict())
    assert 'another shape: 1.bias (7,) instead of (3,), 1.weight (7, 4) instead of (3, 4)' in text
    assert 'of 7 classes and the config of 3' in text


def test_renamed_layers_are_told_with_what_is_near() -> None:
    state = {name.replace('1.', 'fc1.'): value for name, value in network().state_dict().items()}
    text = message(state)
    assert 'missing: 1.bias, 1.weight' in text
    assert 'not in the network: fc1.bias, fc1.weight' in text
    assert 'layers seem to be renamed' in text


def test_another_network_is_not_one_with_renamed_layers() -> None:
    state = {name.replace('1.', 'fc1.'): value for name, value in network().state_dict().items()}
    state['0.bias'] = torch.zeros(8)
    text = message(state)
    assert 'it is the checkpoint of another network' in text
    assert 'renamed' not in text


def test_a_distiller_is_not_the_network_alone() -> None:
    text = message({f'student.{name}': value for name, value in network().state_dict().items()})
    assert "all its names begin with 'student.'" in text
    assert 'network.pth' in text


def test_other_misfits_name_the_tensor() -> None:
    state = network().state_dict()
    state['0.weight'] = torch.zeros(4, 3, 3, 3)
    text = message(state)
    assert '0.weight (4, 3, 3, 3) instead of (4, 3, 1, 1)' in text
    assert 'classes and the config' not in text
    del state['0.weight']
    assert 'missing: 0.weight' in message(state)


def test_file_that_holds_code_is_refused(tmp_path: Path) -> None:
    torch.save(network(), tmp_path / 'whole.pth')
    with pytest.raises(CheckpointError, match='execute'):
        load_strictly(network(), tmp_path / 'whole.pth', 'teachers.wsd')
