"""Arguments that come from a config."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
import pytest

from mlkd.arguments import check_choice, check_number, check_options
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


@pytest.mark.parametrize('value', [None, 3, 'x', ['x']])
def test_nothing_is_near_to_other_things(value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        check_choice('Term.mode', value, ('mean', 'sum'))
    assert (caught.value.found, caught.value.fix) == (repr(value), None)


def test_a_number_is_no_truth_value() -> None:
    with pytest.raises(ConfigError):
        check_choice('Teacher.batched', 1, ('auto', True, False))


@pytest.mark.parametrize('value', [0, 0.5, 1, np.float32(0.25), np.int64(1)])
def test_numbers_within_bounds(value: float) -> None:
    check_number('key', value, 0, 1)


@pytest.mark.parametrize('value', [-0.1, 1.1, True, None, '0.5', [0.5], float('nan'), float('inf'), 1j])
def test_what_is_no_number_within_bounds(value: object) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        check_number('key', value, 0, 1)
    assert (caught.value.where, caught.value.found) == ('key', repr(value))
    assert caught.value.expected == 'a finite number, at least 0, at most 1'


def test_whole_numbers_and_open_bounds() -> None:
    check_number('key', 3, 1, whole=True)
    check_number('key', -2.5)
    for value, options, expected in (
        (2.0, {'least': 1, 'whole': True}, 'a whole number, at least 1'),
        (0, {'least': 0, 'above': True}, 'a finite number, above 0'),
        (1.0, {'least': 0, 'most': 1, 'below': True}, 'a finite number, at least 0, below 1'),
        ('x', {}, 'a finite number'),
    ):
        with pytest.raises(ConfigError) as caught:
            check_number('key', value, **options)
        assert caught.value.expected == expected


def test_options_are_named_as_they_are_written() -> None:
    given = Namespace(images=1, batch_size=None, calibration_limit=0)
    check_options(given, 'images', 'batch_size')
    check_options(given, 'calibration_limit', least=0)
    with pytest.raises(ConfigError) as caught:
        check_options(given, 'images', 'calibration_limit')
    assert (caught.value.where, caught.value.found) == ('--calibration-limit', '0')
    assert caught.value.expected == 'a whole number, at least 1'
