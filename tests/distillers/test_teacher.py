from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.distillers import Teacher
from mlkd.errors import ConfigError
from mlkd.registry import MODELS
from tests.distillers.part_toy import model, toy_batch


class Small(nn.Sequential):
    """Batch norm and dropout."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5))


@pytest.mark.parametrize(
    ('arguments', 'norm', 'dropout'),
    [({}, False, False), ({'dropout': True}, False, True), ({'mode': 'train'}, True, True)],
)
def test_what_is_in_training_mode(arguments: dict, norm: bool, dropout: bool) -> None:
    network = Small().train()
    teacher = Teacher([network], **arguments)
    assert teacher.network is network
    assert (network[1].training, network[2].training) == (norm, dropout)
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_in_training_mode_norm_goes_by_the_batch_and_keeps_no_statistics() -> None:
    network, images = Small().train(), 5 + torch.rand(8, 3, 4, 4)
    Teacher([network], mode='train')
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    normed = network[1](network[0](images))
    assert normed.mean((0, 2, 3)).abs().max() < 1e-5
    assert all(torch.equal(before[name], buffer) for name, buffer in network.named_buffers())


@pytest.mark.parametrize(('key', 'value'), [('mode', 'test'), ('batched', 'yes')])
def test_a_choice_that_is_none(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        Teacher([Small()], **{key: value})


def test_outputs_are_computed_without_gradients() -> None:
    torch.manual_seed(0)
    network, batch = MODELS.build(model()), toy_batch()
    teacher = Teacher([network], labels=['a', 'b'])
    assert teacher.labels == ('a', 'b')
    with teacher.outputs(batch, ['backbone']) as outputs:
        logits, tapped, view = outputs.logits, outputs.taps['backbone'], outputs.inputs
    assert not logits.requires_grad
    with torch.no_grad():
        maps = network.extract_feat(view)
        torch.testing.assert_close(logits, network.image_logits(maps))
    torch.testing.assert_close(tapped if isinstance(tapped, torch.Tensor) else tapped[-1], maps[-1])


def test_networks_of_parts_share_a_cache_of_features(tmp_path: Path) -> None:
    config = {**model(), 'feature_cache': str(tmp_path)}
    parts, single = ([MODELS.build(config) for _ in range(2)] for _ in range(2))
    Teacher(parts, divided=True)
    assert parts[0].feature_cache is parts[1].feature_cache
    Teacher(single)
    assert single[0].feature_cache is not single[1].feature_cache
