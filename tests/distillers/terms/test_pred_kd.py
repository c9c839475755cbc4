"""PredKD against the vectors of the method's specification and its gradient formulas."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mlkd.distillers import PredKD
from mlkd.distillers.terms.pred_kd import soft_prediction_loss
from mlkd.errors import ConfigError
from mlkd.models.heads import WSDDNHead

X, TARGET, TAU = torch.tensor([[1.5, -2.0]]), torch.tensor([[0.222490, 0.030111]]), torch.full((2,), 0.2)


@pytest.mark.parametrize(('kind', 'expected'), [('ce', 1.312668), ('l2', 0.130830)])
def test_loss_vectors(kind: Any, expected: float) -> None:
    assert soft_prediction_loss(X, TAU, TARGET, kind).item() == pytest.approx(expected, abs=2e-6)


def test_gradients_of_both_losses() -> None:
    """Trap T2: tau (p'^S - p'^T), and that times p'^S (1 - p'^S)."""
    soft = (0.2 * X).sigmoid()
    for kind, expected in (
        ('ce', 0.2 * (soft - TARGET)),
        ('l2', 0.2 * (soft - TARGET) * soft * (1 - soft)),
    ):
        x = X.clone().requires_grad_()
        soft_prediction_loss(x, TAU, TARGET, kind).backward()  # type: ignore[arg-type]
        torch.testing.assert_close(x.grad, expected)


@pytest.mark.parametrize('kind', ['ce', 'l2'])
def test_gradients_by_finite_differences(kind: Any) -> None:
    generator = torch.Generator().manual_seed(0)
    x, target = torch.randn(4, 3, dtype=torch.float64, generator=generator), torch.rand(4, 3, generator=generator)
    tau = torch.tensor([0.1, 0.2, 1.5], dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([True, False, True, True])

    def loss(x: torch.Tensor, tau: torch.Tensor) -> torch.Tensor:
        return soft_prediction_loss(x, tau, target.double(), kind, keep)

    assert torch.autograd.gradcheck(loss, (x.requires_grad_(), tau))
    gradient = torch.autograd.grad(loss(x, tau), x)[0]
    assert (gradient[1] == 0).all()
    assert (gradient[[0, 2, 3]] != 0).all()


def teacher(index: list[int]) -> Any:
    cls = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]])
    det = torch.tensor([[0.0, 1.0], [1.0, 0.0], [-1.0, 2.0]])
    network = SimpleNamespace(bag_logits=None, bbox_head=WSDDNHead(2, 4))
    return SimpleNamespace(network=network, bag_logits=(cls, det), roi_index=torch.tensor(index))


def test_soft_prediction_of_a_detector() -> None:
    target, keep = PredKD(2).soft_targets(teacher([0, 0, 0]), 1)
    torch.testing.assert_close(target, TARGET, atol=1e-6, rtol=0)
    assert keep is not None
    assert keep.tolist() == [True]


def test_multipliers_are_those_of_their_streams() -> None:
    said = teacher([0, 0, 0])
    by_class, by_place = torch.tensor([3.0, 1.5]), torch.tensor([2.0, 1.0, 0.5])
    term = PredKD(2, class_multiplier=by_class.tolist(), proposal_multiplier=by_place.tolist())
    cls, det = said.bag_logits
    wanted = ((by_class * cls).softmax(1) * (by_place[:, None] * det).softmax(0)).sum(0)
    torch.testing.assert_close(term.soft_targets(said, 1)[0][0], wanted)


@pytest.mark.parametrize('kind', ['ce', 'l2'])
def test_weight_and_temperatures_of_the_whole_term(kind: Any) -> None:
    """lambda times L_p', with a temperature for each class or one for all, learnt or not."""
    term = PredKD(2, tau=0.4, loss=kind, loss_weight=0.3)
    loss = term(SimpleNamespace(logits=X), {'wsd': teacher([0, 0, 0])}, [0])['loss']  # type: ignore[arg-type]
    torch.testing.assert_close(loss, 0.3 * soft_prediction_loss(X, torch.tensor(0.4), TARGET, kind), atol=1e-6, rtol=0)
    assert term.tau.tolist() == pytest.approx([0.4, 0.4])
    assert [name for name, x in term.named_parameters() if x.requires_grad] == ['tau']
    assert not PredKD(2, learn_tau=False).tau.requires_grad
    assert not term.state_dict().keys() - {'tau'}


def test_an_image_without_proposals_adds_nothing() -> None:
    term = PredKD(2)
    one = SimpleNamespace(logits=X)
    two = SimpleNamespace(logits=torch.cat([X, X]))
    alone = term(one, {'wsd': teacher([0, 0, 0])}, [0])['loss']  # type: ignore[arg-type]
    both = term(two, {'wsd': teacher([0, 0, 0])}, [0, 0])['loss']  # type: ignore[arg-type]
    torch.testing.assert_close(both, alone / 2)


def test_classifier_as_teacher_and_shared_temperature() -> None:
    term = PredKD(2, shared=True)
    plain = SimpleNamespace(network=SimpleNamespace(), logits=X)
    assert term.tau.shape == (1,)
    torch.testing.assert_close(term.soft_targets(plain, 1)[0], (2 * X).sigmoid())  # type: ignore[arg-type]


def test_multipliers_must_fit_the_classes() -> None:
    with pytest.raises(ConfigError, match='2, one per class'):
        PredKD(2, class_multiplier=[1.0, 2.0, 3.0])
    with pytest.raises(ConfigError, match='did you mean ce'):
        PredKD(2, loss='cee')  # type: ignore[arg-type]


@pytest.mark.parametrize(
    'wrong',
    [{'tau': 0}, {'tau': 'x'}, {'class_multiplier': 'x'}, {'proposal_multiplier': [2.0, -1.0]}, {'loss_weight': None}],
)
def test_numbers_are_checked(wrong: dict) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        PredKD(2, **wrong)
    assert caught.value.where == next(iter(wrong))
