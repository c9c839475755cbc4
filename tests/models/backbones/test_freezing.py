from __future__ import annotations

import pytest
import torch
from torch import nn

from mlkd.registry import MODELS

CASES = [
    ({'type': 'VGG16', 'frozen_stages': 2}, ('conv1', 'conv2')),
    ({'type': 'MobileNetV1', 'width': 0.25, 'frozen_stages': 0}, ('stem',)),
    ({'type': 'MobileNetV1', 'width': 0.25, 'frozen_stages': 2}, ('stem', 'blocks.0', 'blocks.1')),
    ({'type': 'SqueezeNet', 'frozen_stages': 4}, ('features.0', 'features.3')),
]


@pytest.mark.parametrize(('cfg', 'frozen'), CASES)
def test_first_stages_do_not_train(cfg: dict, frozen: tuple[str, ...]) -> None:
    backbone = MODELS.build(cfg).train()
    for name, parameter in backbone.named_parameters():
        assert parameter.requires_grad != name.startswith(tuple(f'{part}.' for part in frozen)), name
    for name, module in backbone.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.training != f'{name}.'.startswith(tuple(f'{part}.' for part in frozen)), name


def test_nothing_is_frozen_by_default() -> None:
    for name in ('VGG16', 'MobileNetV1', 'SqueezeNet'):
        assert all(parameter.requires_grad for parameter in MODELS.build({'type': name}).train().parameters())


def test_norm_eval_keeps_the_statistics_but_trains_the_weights() -> None:
    backbone = MODELS.build({'type': 'MobileNetV1', 'width': 0.25, 'norm_eval': True}).train()
    before = backbone.stem.bn.running_mean.clone()
    backbone(torch.rand(2, 3, 32, 32))[0].sum().backward()
    assert torch.equal(backbone.stem.bn.running_mean, before)
    assert backbone.stem.bn.weight.grad is not None
