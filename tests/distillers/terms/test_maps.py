"""FitNets and attention transfer against hand-worked numbers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mlkd.distillers import AttentionTransfer, FitNets

STUDENT, TEACHER = torch.ones(2, 1, 1, 1), torch.arange(8.0).reshape(2, 1, 2, 2)


def test_fitnets_averages_the_teacher_to_the_students_grid() -> None:
    outputs = SimpleNamespace(feats=(STUDENT,)), {'wsd': SimpleNamespace(feats=(TEACHER,))}
    # Means 1.5 and 5.5: (0.25 + 20.25) / 4.
    assert FitNets()(*outputs, [0, 0])['loss'].item() == pytest.approx(5.125)  # type: ignore[arg-type]


def test_attention_compares_directions_not_sizes() -> None:
    feat = torch.rand(2, 3, 4, 4)
    term = AttentionTransfer()
    same = term(SimpleNamespace(feats=(feat,)), {'wsd': SimpleNamespace(feats=(3 * feat,))}, [0, 0])  # type: ignore
    assert same['loss'].item() == pytest.approx(0, abs=1e-6)
    a, b = torch.zeros(1, 1, 1, 2), torch.zeros(1, 1, 1, 2)
    a[..., 0], b[..., 1] = 2, 5
    # Orthogonal unit vectors: squared distance 2, halved.
    loss = term(SimpleNamespace(feats=(a,)), {'wsd': SimpleNamespace(feats=(b,))}, [0])['loss']  # type: ignore
    assert loss.item() == pytest.approx(1)
