"""Beginning with a network of another data set."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.errors import CheckpointError
from mlkd.models.utils.warm_start import load_matching
from mlkd.registry import MODELS


class Net(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4))
        self.neck, self.head = nn.Linear(4, 4), nn.Linear(4, classes)


def test_what_fits_is_taken_and_the_rest_named(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, target = Net(5), Net(7)
    before = target.head.weight.clone()
    torch.save(source.state_dict(), tmp_path / 'network.pth')
    left = load_matching(target, tmp_path / 'network.pth', leave=('neck.',))
    assert left == ['neck.weight', 'neck.bias', 'head.weight', 'head.bias']
    assert target.backbone[0].weight.equal(source.backbone[0].weight)
    assert target.head.weight.equal(before)
    assert not target.neck.weight.equal(source.neck.weight)


def test_a_network_of_another_kind(tmp_path: Path) -> None:
    torch.save(nn.Linear(3, 4).state_dict(), tmp_path / 'other.pth')
    with pytest.raises(CheckpointError, match='little that fits') as caught:
        load_matching(Net(5), tmp_path / 'other.pth')
    assert '0 of 8' in str(caught.value)


def test_a_classifier_begins_with_it(tmp_path: Path) -> None:
    def network(classes: list[str], warm_start: str | None = None) -> nn.Module:
        return MODELS.build(
            {
                'type': 'MultiLabelClassifier',
                'backbone': {'type': 'SmallConvNet'},
                'neck': {'type': 'GlobalMaxPool'},
                'head': {
                    'type': 'MLGCNHead',
                    'labels': {'classes': classes, 'channels': 4},
                    'in_channels': 4,
                    'hidden_channels': 3,
                },
                'warm_start': warm_start,
            }
        )

    source = network(['a', 'b'])
    torch.save(source.state_dict(), tmp_path / 'network.pth')
    target = network(['c', 'd'], str(tmp_path / 'network.pth'))
    target.init_weights()
    one, two = source.state_dict(), target.state_dict()
    differ = {name for name in one if not one[name].equal(two[name])}
    # The vectors have the same shape, and are of other labels.
    assert differ == {'head.labels.vectors'}
