"""Counting parameters and multiply-adds."""

from __future__ import annotations

import pytest
import torch
from published_toy import DETECTOR, MODEL, network

from mlkd.models.utils.complexity import complexity
from mlkd.registry import MODELS


def test_by_hand() -> None:
    """Two convolutions of stride 2 and eight channels without bias, batch norm, a linear layer."""
    found = complexity(network(MODEL), (32, 48))
    assert found.parameters == 3 * 8 * 9 + 2 * 8 + 8 * 8 * 9 + 2 * 8 + 8 * 3 + 3
    assert found.multiply_adds == 16 * 24 * 8 * 27 + 8 * 12 * 8 * 72 + 8 * 3
    assert (found.size, found.proposals) == ((32, 48), None)


def test_mobilenet_has_the_published_numbers() -> None:
    """0.25 at 224: 41 million multiply-adds and 0.5 million parameters with ImageNet's classifier (Howard et al.)."""
    model = {
        'type': 'MultiLabelClassifier',
        'backbone': {'type': 'MobileNetV1', 'width': 0.25},
        'head': {'type': 'MultiLabelHead', 'num_classes': 1000, 'in_channels': 256},
    }
    found = complexity(MODELS.build(model), (224, 224))
    assert round(found.multiply_adds / 1e6) == 41
    assert round(found.parameters / 1e6, 2) == 0.47


def test_a_detector_computes_more_with_more_proposals() -> None:
    few, more, most = (complexity(network(DETECTOR), (32, 32), count) for count in (10, 40, 70))
    assert (few.proposals, most.proposals) == (10, 70)
    assert most.multiply_adds - more.multiply_adds == more.multiply_adds - few.multiply_adds
    # Two linear layers of 8 x 3 for each, and the mean of its cells.
    assert more.multiply_adds - few.multiply_adds > 30 * 2 * 8 * 3


def test_nothing_of_the_network_changes() -> None:
    module = network(MODEL)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    complexity(module, (32, 32))
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    with pytest.raises(RuntimeError):
        complexity(module, (0, 32))
