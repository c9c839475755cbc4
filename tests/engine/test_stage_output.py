from __future__ import annotations

import pytest

from mlkd.engine.stage_output import Folds
from mlkd.errors import ConfigError


def test_folds_of_a_config() -> None:
    assert Folds.of(3, 'teacher.folds') == Folds.of({'n': 3}, 'teacher.folds') == Folds(3)
    assert list(Folds.of({'n': 2, 'full': True}, 'x').parts()) == ['fold0', 'fold1', 'full']
    assert Folds(2).parts() == {'fold0': {'n': 2, 'held_out': 0}, 'fold1': {'n': 2, 'held_out': 1}}


@pytest.mark.parametrize('value', [1, 0, -2, True, 2.0, '3', [3], {'n': 3, 'ful': True}, {'full': True}, {}])
def test_what_is_no_folds(value: object) -> None:
    with pytest.raises(ConfigError, match=r'not understood(.|\n)*where: teacher\.folds'):
        Folds.of(value, 'teacher.folds')
