from __future__ import annotations

import pytest
import torch
from torch.autograd import gradcheck

from mlkd.models.losses import clamped_bce


def test_spec_vector() -> None:
    assert clamped_bce(torch.tensor([[0.443583, 0.163185]]), torch.tensor([[1, 0]])).item() == pytest.approx(
        0.991024, abs=1e-5
    )


def test_sum_over_classes_mean_over_images() -> None:
    prob, label = torch.rand(5, 7).clamp(0.01, 0.99), torch.randint(2, (5, 7))
    wanted = torch.nn.functional.binary_cross_entropy(prob, label.float(), reduction='sum') / 5
    torch.testing.assert_close(clamped_bce(prob, label), wanted)


def test_gradient_away_from_the_clamp() -> None:
    prob = torch.rand(3, 4, dtype=torch.float64).clamp(0.1, 0.9).requires_grad_()
    label = torch.randint(-1, 2, (3, 4))
    assert gradcheck(lambda p: clamped_bce(p, label), prob)


def test_gradient_stays_where_the_clamp_is_active() -> None:
    prob = torch.tensor([[0.0, 1e-6, 1.0, 1.0, 0.5]], dtype=torch.float64).repeat(2, 1).requires_grad_()
    label = torch.tensor([[1, 0, 0, 1, 1]]).repeat(2, 1)
    loss = 3 * clamped_bce(prob, label)
    loss.backward()
    wanted = 3 / 2 * torch.tensor([-1e4, 1 / (1 - 1e-6), 1e4, -1.0, -2.0], dtype=torch.float64)
    torch.testing.assert_close(prob.grad, wanted.repeat(2, 1))


def test_ignored_labels_count_nothing() -> None:
    prob = torch.tensor([[0.3, 0.0], [0.6, 1.0]], requires_grad=True)
    label = torch.tensor([[1, -1], [0, -1]])
    loss = clamped_bce(prob, label)
    loss.backward()
    torch.testing.assert_close(loss, clamped_bce(prob.detach()[:, :1], label[:, :1]))
    assert prob.grad[:, 1].tolist() == [0, 0]


def test_untrained_value() -> None:
    """At p = 1/80 with 2.9 labels per image, about 13.7."""
    label = torch.zeros(10, 80)
    label[:9, :3], label[9, :2] = 1, 1
    assert clamped_bce(torch.full((10, 80), 1 / 80), label).item() == pytest.approx(13.7, abs=0.05)


def test_half_precision_is_computed_in_float32() -> None:
    assert clamped_bce(torch.full((1, 2), 0.5).bfloat16(), torch.ones(1, 2)).dtype == torch.float32
