from __future__ import annotations

from typing import Any

import pytest
import torch
from sklearn.metrics import log_loss
from torch import Tensor

from mlkd.models.heads.label_head import LabelHead


class Passing(LabelHead):
    """Logits as they come."""

    def forward(self, x: Any) -> Tensor:
        return x


def test_without_a_loss_it_is_that_of_independent_labels() -> None:
    logits, label = torch.randn(5, 3), torch.randint(0, 2, (5, 3))
    expected = sum(log_loss(label[:, k], logits[:, k].double().sigmoid(), labels=[0, 1]) for k in range(3))
    assert Passing(3).loss(logits, label)['loss_cls'].item() == pytest.approx(expected, rel=1e-5)


def test_labels_that_are_not_known_do_not_count() -> None:
    head, label = Passing(2), torch.tensor([[1, -1]])
    values = [head.loss(torch.tensor([[0.3, other]]), label)['loss_cls'].item() for other in (-9.0, 9.0)]
    assert values[0] == values[1] > 0


def test_the_loss_is_what_the_config_names() -> None:
    head = Passing(2, {'type': 'SoftMargin'})
    assert type(head.loss_cls).__name__ == 'SoftMargin'
    assert head.training_arguments == ('loss_cls',)


@pytest.mark.parametrize(
    ('given', 'expected'),
    [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64, torch.float64)],
)
def test_probabilities_are_in_float32_at_least(given: torch.dtype, expected: torch.dtype) -> None:
    scores = Passing(2).predict(torch.tensor([[0.0, 2.0]], dtype=given))
    assert scores.dtype == expected
    assert scores.tolist()[0] == pytest.approx([0.5, 0.8807970])


def test_a_head_without_a_forward_is_none() -> None:
    with pytest.raises(TypeError, match='abstract'):
        LabelHead(3)  # type: ignore[abstract]
