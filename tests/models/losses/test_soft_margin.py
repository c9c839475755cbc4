"""The losses of ML-GCN and MSRN."""

from __future__ import annotations

import torch
from torch import nn

from mlkd.models.losses import SoftMargin, group_distance, soft_margin


def test_equals_multi_label_soft_margin_loss() -> None:
    torch.manual_seed(0)
    logits, label = torch.randn(4, 6, dtype=torch.float64), torch.randint(0, 2, (4, 6))
    expected = nn.MultiLabelSoftMarginLoss()(logits, label.double())
    torch.testing.assert_close(soft_margin(logits, label), expected)
    torch.testing.assert_close(SoftMargin()(logits, label), expected)


def test_ignored_labels_get_no_gradient() -> None:
    logits = torch.zeros(1, 2, requires_grad=True)
    soft_margin(logits, torch.tensor([[1, -1]])).backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == [[-0.25, 0]]


def test_in_float32_whatever_autocast_says() -> None:
    logits = torch.tensor([[40.0, -40.0]], dtype=torch.bfloat16)
    assert soft_margin(logits, torch.tensor([[0, 1]])).item() == 40


def test_group_distance_by_hand() -> None:
    labels = torch.tensor([[0.0, 0], [3, 4], [1, 1]], requires_grad=True)
    groups = torch.tensor([[0.0, 0], [1, 1]], requires_grad=True)
    assignment = torch.tensor([[0.4, 0.6], [0.9, 0.1], [0.2, 0.8]], requires_grad=True)
    loss = group_distance(labels, groups, assignment)
    assert loss.item() == torch.tensor(2**0.5 + 5 + 0).item()
    loss.backward()
    # A label that lies on its group is at a corner of the distance: no NaN there.
    assert labels.grad is not None
    assert labels.grad.isfinite().all()
    assert groups.grad is not None
    assert assignment.grad is None
