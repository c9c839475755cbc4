from __future__ import annotations

import torch

from mlkd.models.layers import normalised_maps


def test_formula_with_both_epsilons() -> None:
    raw = torch.tensor([[[[-1.0, 2.0], [0.5, 0.0]]]])
    expected = torch.tensor([[0, 2 - 1e-5], [0.5 - 1e-5, 0]]) / (2 + 1e-5)
    assert torch.equal(normalised_maps(raw)[0, 0], expected)


def test_classes_peak_just_below_one_and_a_map_without_positive_values_is_zero() -> None:
    raw = torch.randn(2, 3, 4, 5)
    raw[0, 1] = -raw[0, 1].abs()
    maps = normalised_maps(raw)
    assert not maps[0, 1].any()
    peaks = maps.amax((2, 3))
    assert ((peaks > 0.999) & (peaks < 1)).sum() == 5
    assert not normalised_maps(torch.full((1, 1, 2, 2), -1.0, requires_grad=True)).isnan().any()


def test_gradient_flows_through_the_maximum() -> None:
    raw = torch.rand(1, 1, 3, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(normalised_maps, raw)
    # A neighbour of the maximum falls when the maximum rises.
    (gradient,) = torch.autograd.grad(normalised_maps(raw).sum(), raw)
    assert gradient.flatten()[raw.argmax()] < 0
