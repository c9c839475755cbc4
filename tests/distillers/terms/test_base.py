"""What every term has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from torch import Tensor, nn, tensor

from mlkd.distillers.terms.base import Term


class Least(Term):
    """As little as a term can be."""

    def forward(self, student: Any, teachers: Mapping[str, Any], batch: Any) -> dict[str, Tensor]:
        return {'loss_least': tensor(0.0)}


def test_what_it_listens_to() -> None:
    term = Least('wsd', 0.5, ('backbone.conv1',), ('backbone.conv5',))
    assert (term.teacher, term.loss_weight) == ('wsd', 0.5)
    assert (term.student_taps, term.teacher_taps) == (('backbone.conv1',), ('backbone.conv5',))
    plain = Least('wsd')
    assert (plain.loss_weight, plain.student_taps, plain.teacher_taps, plain.student_outputs) == (1.0, (), (), ())


def test_it_need_not_look_at_teachers_or_labels() -> None:
    term = Least('wsd')
    before = dict(vars(term))
    term.bind({})
    term.set_classes(('a', 'b'))
    assert vars(term) == before


def test_what_it_has_trains_and_is_saved() -> None:
    term = Least('wsd')
    term.adapter = nn.Linear(2, 3)
    assert sorted(term.state_dict()) == ['adapter.bias', 'adapter.weight']
    assert sum(x.numel() for x in term.parameters()) == 9


def test_without_losses_it_is_none() -> None:
    with pytest.raises(TypeError, match='forward'):
        Term('wsd')  # type: ignore[abstract]
