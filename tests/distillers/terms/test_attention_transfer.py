from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mlkd.distillers import AttentionTransfer
from mlkd.distillers.terms.attention_transfer import attention


def loss_of(term: AttentionTransfer, student: torch.Tensor, teacher: torch.Tensor) -> float:
    teachers = {'wsd': SimpleNamespace(feats=(teacher,))}
    return term(SimpleNamespace(feats=(student,)), teachers, [0] * len(student))['loss'].item()  # type: ignore


def test_attention_by_hand() -> None:
    feat = torch.zeros(1, 2, 1, 2)
    feat[0, :, 0, 0], feat[0, :, 0, 1] = torch.tensor([1.0, -2.0]), torch.tensor([0.0, 2.0])
    # Sums of squares 5 and 4.
    length = 41**0.5
    assert attention(feat, (1, 2)).tolist()[0] == pytest.approx([5 / length, 4 / length])
    assert attention(feat, (1, 1)).tolist() == [[1.0]]


def test_a_map_of_zeros_attends_to_nothing() -> None:
    assert attention(torch.zeros(1, 2, 2, 2), (2, 2)).tolist() == [[0.0] * 4]


def test_directions_are_compared_not_sizes() -> None:
    feat = torch.rand(2, 3, 4, 4)
    assert loss_of(AttentionTransfer(), feat, 3 * feat) == pytest.approx(0, abs=1e-6)
    a, b = torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2)
    a[..., 0], b[..., 1] = 2, 5
    # Orthogonal unit vectors: squared distance 2, halved.
    assert loss_of(AttentionTransfer(), a, b) == pytest.approx(1)
    assert loss_of(AttentionTransfer(loss_weight=3), a.repeat(2, 1, 1, 1), b.repeat(2, 1, 1, 1)) == pytest.approx(3)


def test_channels_and_grids_may_differ() -> None:
    teacher = torch.zeros(1, 5, 4, 4)
    teacher[:, :, :2, :2] = 1
    student = torch.zeros(1, 2, 2, 2)
    student[:, :, 0, 0] = 7
    assert loss_of(AttentionTransfer(), student, teacher) == pytest.approx(0, abs=1e-6)


def test_layers_are_named_apart() -> None:
    term = AttentionTransfer(layers=['a', ('a', 'b')])
    maps = {'a': torch.rand(1, 2, 3, 3), 'b': torch.rand(1, 2, 3, 3)}
    both = SimpleNamespace(taps=maps)
    losses = term(both, {'wsd': both}, [0])  # type: ignore[arg-type]
    assert losses['loss_0'].item() == pytest.approx(0, abs=1e-6)
    assert losses['loss_1'].item() > 0
