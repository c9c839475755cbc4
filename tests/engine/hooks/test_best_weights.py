from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.engine.hooks.best_weights import best_file, keep_best, members, read_best
from mlkd.engine.hooks.validation_record import ValidationRecord
from mlkd.errors import CheckpointError


def weight(value: float) -> nn.Module:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def group(**values: float) -> nn.Module:
    model = nn.Module()
    model.networks = nn.ModuleDict({name: weight(value) for name, value in values.items()})
    return model


def test_members() -> None:
    alone, both = weight(1), group(a=1, b=2)
    assert members(alone) == {'': alone}
    assert list(members(both)) == ['a', 'b']
    assert [best_file(), best_file('a')] == ['best.pth', 'best-a.pth']


def test_the_better_weights_of_the_better_validation(tmp_path: Path) -> None:
    record = ValidationRecord(tmp_path, 'mAP')
    for epoch, (live, averaged) in enumerate(((50, 60), (70, 70), (65, 69)), 1):
        record.add(epoch, epoch, {'live': {'mAP': live}, 'ema': {'mAP': averaged}})
        keep_best(record, weight(epoch), weight(-epoch), tmp_path)
        # First the averaged ones; of equals the live ones; and the last validation improves nothing.
        assert read_best(record, '', tmp_path)['weight'].item() == {1: -1, 2: 2, 3: 2}[epoch]
    assert [entry.get('network_sha256') is None for entry in record.entries] == [False, False, True]


def test_networks_of_a_group_have_their_own_best(tmp_path: Path) -> None:
    record = ValidationRecord(tmp_path, 'mAP')
    for epoch, (a, b) in enumerate(((50, 80), (60, 70)), 1):
        numbers = {'a/mAP': a, 'b/mAP': b}
        record.add(epoch, epoch, {'live': numbers, 'ema': {name: x - 1 for name, x in numbers.items()}})
        keep_best(record, group(a=epoch, b=10 * epoch), group(a=0, b=0), tmp_path)
    assert read_best(record, 'a', tmp_path)['weight'].item() == 2
    assert read_best(record, 'b', tmp_path)['weight'].item() == 10


def test_others_than_those_that_were_measured_are_an_error(tmp_path: Path) -> None:
    record = ValidationRecord(tmp_path, 'mAP')
    record.add(1, 5, {'live': {'mAP': 50.0}, 'ema': {'mAP': 40.0}})
    with pytest.raises(CheckpointError, match='no such file'):
        read_best(record, '', tmp_path)
    keep_best(record, weight(1), weight(2), tmp_path)
    torch.save(weight(3).state_dict(), tmp_path / 'best.pth')
    with pytest.raises(CheckpointError, match=r'(?s)not those that were measured.*of epoch 1') as caught:
        read_best(record, '', tmp_path)
    assert caught.value.where == tmp_path / 'best.pth'
