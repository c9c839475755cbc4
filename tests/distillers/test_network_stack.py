"""Networks run as one give what each gives alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mlkd.distillers import Teacher, TeacherBank
from mlkd.distillers.network_stack import NetworkStack, obstacle
from mlkd.errors import ConfigError
from mlkd.registry import MODELS
from tests.distillers.part_toy import CGP, model, write_parts

RESNET = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 32},
    'backbone': {'type': 'mmdet.ResNet', 'depth': 18, 'base_channels': 8, 'norm_eval': False},
    'head': {'type': 'MultiLabelHead', 'num_classes': 6, 'in_channels': 64},
}


def networks(folder: Path, config: dict[str, Any] | None = None) -> list[nn.Module]:
    parts = write_parts(folder, CGP, config=config)
    return TeacherBank.from_config({'x': {'model': config or model(), 'parts': parts}})['x'].networks


@pytest.mark.parametrize('config', [model(), RESNET])
@pytest.mark.parametrize('images', [1, 3])
def test_batched_as_one_by_one(tmp_path: Path, config: dict, images: int) -> None:
    made = networks(tmp_path, config)
    view = torch.rand(images, 3, 32, 32)
    with torch.no_grad():
        expected = [network(view) for network in made]
        found = NetworkStack(made, True)(view)
        automatic = NetworkStack(made)(view)
    assert [x.shape for x in found] == [(images, len(part)) for part in CGP]
    for one, other, third in zip(found, expected, automatic, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(third, other, rtol=1e-4, atol=1e-4)
    # They are what they were, each with tensors of its own values.
    with torch.no_grad():
        for network, other in zip(made, expected, strict=True):
            assert torch.equal(network(view), other)


def test_stacked_weights_take_no_memory_of_their_own_and_follow_a_move(tmp_path: Path) -> None:
    made = networks(tmp_path)
    stack, view = NetworkStack(made, True), torch.rand(2, 3, 8, 8)
    first = stack(view)
    name = 'backbone.' + next(name for name, _ in made[0].backbone.named_parameters())  # type: ignore[union-attr]
    assert made[1].get_parameter(name).untyped_storage().data_ptr() == stack._stacked[1][name].data_ptr()  # type: ignore[index]
    assert stack(view)[0].equal(first[0])
    for network in made:
        network.double()
    torch.testing.assert_close(stack(view.double())[0], first[0].double(), rtol=1e-4, atol=1e-4)


def test_automatic_batches_single_images_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = NetworkStack(networks(tmp_path))
    calls = []
    monkeypatch.setattr(stack, '_batched', lambda view: calls.append(len(view)))
    for images in (1, 2, 16):
        stack(torch.rand(images, 3, 8, 8))
    assert calls == [1]
    assert not NetworkStack(stack.networks, False).batched


def test_what_cannot_be_batched(tmp_path: Path) -> None:
    made = networks(tmp_path)
    assert obstacle(made) is None
    assert obstacle(made[:1]) == 'a single network'
    other = MODELS.build({**model(), 'backbone': {'type': 'SmallConvNet', 'layers': ((6, 1), (8, 1))}}).eval()
    assert obstacle([*made, other]) == 'different architectures'
    assert obstacle([*made, nn.Linear(2, 2)]) == 'a network without backbone, neck or head'
    cached = MODELS.build({**model(), 'feature_cache': str(tmp_path)}).eval()
    assert obstacle([made[0], cached]) == 'a network with a feature_cache'
    handle = made[0].backbone.register_forward_hook(lambda *_: None)  # type: ignore[union-attr]
    assert obstacle(made) == 'somebody listens to its layers'
    handle.remove()
    with pytest.raises(ConfigError, match='layers in training mode'):
        Teacher(made, mode='train', divided=True, batched=True)
    # Left to itself, it runs them one after the other.
    teacher = Teacher(made, mode='train', divided=True)
    assert teacher.networks[0].training
