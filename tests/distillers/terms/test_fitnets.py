from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mlkd.distillers import FitNets
from mlkd.errors import ConfigError

STUDENT, TEACHER = torch.ones(2, 1, 1, 1), torch.arange(8.0).reshape(2, 1, 2, 2)


def outputs(student: torch.Tensor, teacher: torch.Tensor) -> tuple:
    shown = SimpleNamespace(feats=(teacher,), taps={'b': teacher})
    return SimpleNamespace(feats=(student,), taps={'a': student}), {'wsd': shown}, [0] * len(student)


def test_the_teacher_is_averaged_to_the_students_grid() -> None:
    # Means 1.5 and 5.5: (0.25 + 20.25) / 4.
    assert FitNets()(*outputs(STUDENT, TEACHER))['loss'].item() == pytest.approx(5.125)
    assert FitNets(loss_weight=2)(*outputs(STUDENT, TEACHER))['loss'].item() == pytest.approx(10.25)


def test_a_term_for_each_pair_of_layers() -> None:
    term = FitNets(layers=[('a', 'b'), ('a', 'b')])
    assert (term.student_taps, term.teacher_taps) == (('a', 'a'), ('b', 'b'))
    losses = term(*outputs(STUDENT, TEACHER))
    assert {name: loss.item() for name, loss in losses.items()} == pytest.approx({'loss_0': 5.125, 'loss_1': 5.125})


def test_the_regressor_leads_from_the_students_channels_to_the_teachers() -> None:
    term = FitNets(student_channels=2, teacher_channels=3)
    torch.nn.init.constant_(term.adapters[0].layer.weight, 0.5)
    torch.nn.init.zeros_(term.adapters[0].layer.bias)
    # r of (1, 1) is 1 in each of 3 channels; the teacher has 3 there: 3 * 2^2 / 2.
    student = torch.ones(1, 2, 1, 1, requires_grad=True)
    loss = term(*outputs(student, torch.full((1, 3, 1, 1), 3.0)))['loss']
    assert loss.item() == pytest.approx(6)
    loss.backward()
    # d/dF = sum over channels of (1 - 3) * 0.5.
    assert student.grad is not None
    assert student.grad.flatten().tolist() == pytest.approx([-3, -3])


def test_channels_that_differ_must_be_named() -> None:
    with pytest.raises(ConfigError, match=r'student_channels=2, teacher_channels=3'):
        FitNets()(*outputs(torch.ones(1, 2, 1, 1), torch.ones(1, 3, 1, 1)))
    with pytest.raises(ConfigError, match='Not one number per layer'):
        FitNets(layers=['a'], student_channels=[1, 2])
