"""Against the formula in float64, written out cell by cell, and against autograd of it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from mlkd.errors import ConfigError
from mlkd.models.heads import MultiLabelHead
from mlkd.models.losses import AsymmetricLoss, asymmetric_loss, sigmoid_bce
from mlkd.registry import MODELS

LABEL = torch.tensor([[1, 0, 1, 0, -1], [0, 0, 1, 1, 0], [1, 0, -1, 0, 1]])
Q2L = {'gamma_neg': 2.0, 'clip': 0.0, 'eps': 1e-5}
ASL = {'gamma_neg': 4.0, 'gamma_pos': 1.0, 'clip': 0.05}


def cell(x: float, y: int, gamma_neg: float = 4, gamma_pos: float = 0, clip: float = 0.05, eps: float = 1e-8) -> tuple:
    """Value and slope, with a constant focus, of one cell; Python's floats alone."""
    p = 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))
    q = math.exp(-x) / (1 + math.exp(-x)) if x > 0 else 1 / (1 + math.exp(x))
    if y == 1:
        focus = q**gamma_pos
        return -focus * math.log(max(p, eps)), -focus * q if p > eps else 0.0
    if p <= clip:
        return 0.0, 0.0
    focus, rest = (p - clip) ** gamma_neg, q + clip
    return -focus * math.log(max(rest, eps)), focus * p * q / rest if rest > eps else 0.0


def gradient(logits: Tensor, label: Tensor, **options: object) -> tuple[Tensor, Tensor]:
    x = logits.clone().requires_grad_()
    loss = AsymmetricLoss(**options)(x, label)
    loss.backward()
    return loss.detach(), x.grad


@pytest.mark.parametrize('options', [{}, Q2L, ASL], ids=['released', 'q2l', 'asl'])
def test_value_and_gradient_in_float64(options: dict) -> None:
    logits = torch.linspace(-80, 80, 321, dtype=torch.float64)
    for y in (0, 1):
        label = torch.full((321, 1), y)
        wanted = [cell(x, y, **options) for x in logits.tolist()]
        loss, slope = gradient(logits[:, None], label, **options)
        assert loss.item() == pytest.approx(sum(value for value, _ in wanted), rel=1e-12)
        assert slope[:, 0].tolist() == pytest.approx([slope for _, slope in wanted], rel=1e-9, abs=1e-14)
        # Float32 keeps six digits of the loss; of the slope not the end at p = 1, which autograd takes from 1 - p.
        loss32, slope32 = gradient(logits[:, None].float(), label, **options)
        assert loss32.item() == pytest.approx(loss.item(), rel=1e-5)
        torch.testing.assert_close(slope32.double(), slope, rtol=1e-4, atol=1e-7)


def test_below_the_clip_nothing() -> None:
    """p = 0.0499 and below: no loss, no gradient; just above: both."""
    edge = math.log(0.05 / 0.95)
    logits = torch.tensor([[edge - 1e-3, edge - 5, -80.0, edge + 0.1]])
    loss, slope = gradient(logits, torch.zeros(1, 4, dtype=torch.long))
    assert slope[0, :3].tolist() == [0, 0, 0]
    assert slope[0, 3] > 0
    assert asymmetric_loss(logits, torch.zeros(1, 4))[0, :3].tolist() == [0, 0, 0]
    assert loss > 0


def test_focus_is_a_constant_or_not() -> None:
    logits = torch.randn(3, 5, dtype=torch.float64) * 3
    for options in ({'gamma_pos': 1.0}, {'clip': 0.0, 'gamma_neg': 2.0}):
        assert gradcheck(
            lambda x, options=options: AsymmetricLoss(detach_focus=False, **options)(x, LABEL), logits.requires_grad_()
        )
        constant, moving = (gradient(logits.detach(), LABEL, detach_focus=kind, **options)[1] for kind in (True, False))
        assert not torch.allclose(constant, moving)
    values = [gradient(logits.detach(), LABEL, detach_focus=kind)[0] for kind in (True, False)]
    assert values[0] == values[1]


@pytest.mark.parametrize('gamma', [0.5, 1.0, 4.0])
def test_a_moving_focus_is_finite_at_its_ends(gamma: float) -> None:
    """The slope of a root is infinite at 0, where the logarithm is 0."""
    logits = torch.tensor([[-200.0, 200.0, -80.0, 80.0, 0.0, -3.0]] * 2)
    label = torch.tensor([[1] * 6, [0] * 6])
    loss, slope = gradient(logits, label, gamma_neg=gamma, gamma_pos=gamma, detach_focus=False)
    assert loss.isfinite()
    assert slope.isfinite().all()


def test_without_focus_and_clip_it_is_cross_entropy() -> None:
    logits = torch.randn(3, 5)
    loss = AsymmetricLoss(gamma_neg=0, clip=0, reduction='images')(logits, LABEL)
    torch.testing.assert_close(loss, sigmoid_bce(logits, LABEL))


def test_ignored_labels_count_nothing() -> None:
    logits = torch.randn(3, 5)
    loss, slope = gradient(logits, LABEL, clip=0)
    assert (slope == 0).eq(LABEL < 0).all()
    changed = torch.where(LABEL < 0, float('nan'), logits)
    torch.testing.assert_close(gradient(changed, LABEL, clip=0)[0], loss)


def test_reductions() -> None:
    logits = torch.randn(3, 5)
    total = AsymmetricLoss()(logits, LABEL)
    torch.testing.assert_close(total, asymmetric_loss(logits, LABEL).sum())
    torch.testing.assert_close(AsymmetricLoss(reduction='images')(logits, LABEL), total / 3)
    # As the official Q2L: divided by images and by labels, times 1000.
    torch.testing.assert_close(AsymmetricLoss(reduction='cells', loss_weight=1000)(logits, LABEL), total / 15 * 1000)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('options', [{}, Q2L, {**ASL, 'detach_focus': False}])
def test_logits_of_80_under_autocast(dtype: torch.dtype, options: dict) -> None:
    """Finite, in float32, and that of the formula; the gradient reaches the weights finite."""
    head = MultiLabelHead(5, 4, loss_cls={'type': 'AsymmetricLoss', **options})
    torch.nn.init.zeros_(head.fc.weight)
    with torch.no_grad():
        head.fc.bias.copy_(torch.tensor([80.0, -80.0, 0.5, -80.0, 80.0]))
    with torch.autocast('cpu', dtype=dtype):
        logits = head(torch.randn(3, 4))
        loss = head.loss(logits, LABEL)['loss_cls']
    assert logits.dtype == dtype
    assert loss.dtype == torch.float32
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in head.parameters())
    formula = {key: value for key, value in options.items() if key != 'detach_focus'}
    wanted = sum(
        cell(x, y, **formula)[0]
        for row, labels in zip(logits.double().tolist(), LABEL.tolist(), strict=True)
        for x, y in zip(row, labels, strict=True)
        if y >= 0
    )
    assert loss.item() == pytest.approx(wanted, rel=1e-5)
    assert loss.item() > 18


def test_a_head_takes_it_by_config() -> None:
    assert isinstance(MODELS.build({'type': 'AsymmetricLoss'}), AsymmetricLoss)
    head = MultiLabelHead(5, 4, loss_cls={'type': 'AsymmetricLoss', 'gamma_neg': 2})
    assert head.loss_cls.gamma_neg == 2
    assert not list(head.loss_cls.parameters())


@pytest.mark.parametrize(
    ('arguments', 'key'),
    [
        ({'gamma_neg': -1}, 'gamma_neg'),
        ({'clip': 1.0}, 'clip'),
        ({'eps': 0}, 'eps'),
        ({'gamma_pos': float('nan')}, 'gamma_pos'),
        ({'reduction': 'mean'}, 'reduction'),
        ({'clip': None}, 'clip'),
        ({'loss_weight': -1}, 'loss_weight'),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        AsymmetricLoss(**arguments)
