from __future__ import annotations

import pytest

from mlkd.distillers.choices import check_choice
from mlkd.errors import ConfigError


def test_what_is_there_passes() -> None:
    check_choice('Term.mode', 'mean', ('mean', 'sum'))
    check_choice('Term.mode', False, ('auto', False))


def test_what_is_not_there_is_told_with_what_is_near() -> None:
    with pytest.raises(ConfigError, match='does not exist') as caught:
        check_choice('Term.mode', 'maen', ('mean', 'sum', False))
    error = caught.value
    assert (error.where, error.found) == ('Term.mode', "'maen'")
    assert error.expected == "'mean' or 'sum' or False"
    assert error.fix == 'did you mean mean?'


@pytest.mark.parametrize('value', [None, 3, 'x'])
def test_nothing_is_near_to_other_things(value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        check_choice('Term.mode', value, ('mean', 'sum'))
    assert (caught.value.found, caught.value.fix) == (repr(value), None)
