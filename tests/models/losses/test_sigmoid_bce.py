from __future__ import annotations

import pytest
import torch
from sklearn.metrics import log_loss
from torch.autograd import gradcheck

from mlkd.models.losses import sigmoid_bce


def test_spec_vector() -> None:
    assert sigmoid_bce(torch.tensor([[1.5, -2.0]]), torch.tensor([[1, 0]])).item() == pytest.approx(0.328341, abs=1e-6)


def test_against_scikit_learn() -> None:
    logits, label = torch.randn(6, 4), torch.randint(2, (6, 4))
    wanted = sum(log_loss(label[:, k], logits[:, k].sigmoid(), labels=[0, 1]) for k in range(4))
    assert sigmoid_bce(logits, label).item() == pytest.approx(wanted, rel=1e-5)


def test_ignored_labels_count_nothing() -> None:
    logits = torch.randn(3, 2, requires_grad=True)
    label = torch.tensor([[1, -1], [0, -1], [1, -1]])
    loss = sigmoid_bce(logits, label)
    loss.backward()
    torch.testing.assert_close(loss, sigmoid_bce(logits.detach()[:, :1], label[:, :1]))
    assert logits.grad[:, 1].tolist() == [0, 0, 0]


def test_gradient() -> None:
    label = torch.randint(-1, 2, (3, 4))
    assert gradcheck(lambda x: sigmoid_bce(x, label), torch.randn(3, 4, dtype=torch.float64, requires_grad=True))


def test_half_precision_is_computed_in_float32() -> None:
    logits = torch.tensor([[20.0, -30.0]]).bfloat16()
    assert sigmoid_bce(logits, torch.tensor([[0, 1]])).item() == pytest.approx(50, abs=1e-4)
