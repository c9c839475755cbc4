from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.distillers import Teacher
from mlkd.errors import ConfigError
from mlkd.models.utils.label_subset import restrict_to_labels
from mlkd.registry import MODELS
from tests.distillers.part_toy import CGP, model, toy_batch, write_parts


@pytest.fixture
def networks(tmp_path: Path) -> list[nn.Module]:
    loaded = []
    for entry in write_parts(tmp_path, CGP):
        network = MODELS.build(restrict_to_labels(model(), entry['labels'], 6))
        network.load_state_dict(torch.load(entry['checkpoint'], weights_only=True))
        loaded.append(network.eval())
    return loaded


@pytest.mark.parametrize('batched', [True, False])
def test_logits_lie_side_by_side(networks: list[nn.Module], batched: bool) -> None:
    batch = toy_batch()
    with Teacher(networks, divided=True, batched=batched).outputs(batch) as outputs:
        logits, view = outputs.logits, outputs.inputs
    with torch.no_grad():
        expected = torch.cat([network.image_logits(network.extract_feat(view)) for network in networks], 1)
    assert logits.shape == (3, 6)
    torch.testing.assert_close(logits, expected)
    assert not logits.requires_grad


def test_several_networks_have_no_maps_in_common_and_one_has_its_own(networks: list[nn.Module]) -> None:
    batch = toy_batch()
    with (
        Teacher(networks, divided=True).outputs(batch) as outputs,
        pytest.raises(ConfigError, match='of 3 networks'),
    ):
        _ = outputs.feats
    with Teacher(networks[:1], divided=True).outputs(batch) as outputs:
        maps, logits = outputs.feats, outputs.logits
    with torch.no_grad():
        torch.testing.assert_close(networks[0].image_logits(maps), logits)
