from __future__ import annotations

import copy

import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.models.layers import ClassInstances, normalised_maps


def pair(classes: int = 4, channels: int = 6) -> tuple[ClassInstances, ClassInstances]:
    moments = ClassInstances(classes, channels)
    for norm in moments.norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 2)
        torch.nn.init.normal_(norm.bias)
    direct = ClassInstances(classes, channels, form='direct')
    direct.load_state_dict(copy.deepcopy(moments.state_dict()))
    return moments, direct


def test_both_forms_agree_in_training_and_test_with_gradients_and_running_statistics() -> None:
    moments, direct = pair()
    for step in range(3):
        raw, x = torch.randn(5, 4, 3, 7), torch.randn(5, 6, 3, 7).relu()
        results = []
        for layer in (moments, direct):
            inputs = [raw.clone().requires_grad_(), x.clone().requires_grad_()]
            logits = layer(inputs[1], normalised_maps(inputs[0]))
            layer.zero_grad()
            logits.square().sum().backward()
            parameters = {name: p.grad for name, p in layer.named_parameters()}
            results.append({'logits': logits.detach(), 'raw': inputs[0].grad, 'x': inputs[1].grad, **parameters})
        for name, value in results[0].items():
            assert torch.allclose(value, results[1][name], rtol=1e-4, atol=2e-6), (step, name)
            assert value.abs().sum() > 0
        for name, value in moments.state_dict().items():
            assert torch.allclose(value, direct.state_dict()[name], rtol=0, atol=1e-6), (step, name)
    assert int(moments.norms[0].num_batches_tracked) == 3
    moments.eval(), direct.eval()
    before = copy.deepcopy(moments.state_dict())
    assert torch.allclose(moments(x, normalised_maps(raw)), direct(x, normalised_maps(raw)), atol=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in moments.state_dict().items())


def test_definition_by_hand() -> None:
    """Values 1, 3 times mask 1, 0 are 1, 0: mean 1/2, variance 1/4; normalised they sum to 0."""
    layer = ClassInstances(1, 1)
    layer.classifiers[0].weight.data.fill_(2)
    layer.norms[0].bias.data.fill_(0.25)
    x, mask = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[1.0, 0.0]]]])
    assert layer(x, mask).item() == pytest.approx(0.5)
    assert layer.norms[0].running_mean.item() == pytest.approx(0.05)
    assert layer.norms[0].running_var.item() == pytest.approx(0.9 + 0.1 * 0.5)
    layer.eval()
    expected = 2 * ((0.5 - 0.05) / (0.95 + 1e-5) ** 0.5 + 0.25)
    assert layer(x, mask).item() == pytest.approx(expected, rel=1e-6)


def test_half_precision_is_computed_in_single() -> None:
    moments, direct = pair()
    x, masks = torch.randn(2, 6, 4, 4).relu() + 30, torch.rand(2, 4, 4, 4)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        logits = moments(x, masks)
    assert logits.dtype == torch.float32
    assert torch.allclose(logits, direct(x, masks), atol=1e-3)


def test_an_unknown_form_is_named() -> None:
    with pytest.raises(ConfigError, match="'cheap'"):
        ClassInstances(2, 3, form='cheap')  # type: ignore[arg-type]
