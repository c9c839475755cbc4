from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mlkd.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    MLKDError,
    did_you_mean,
    near_file,
    some,
    unknown_name,
)


def test_message_has_what_is_known_and_no_more() -> None:
    text = str(DataError('It is wrong.', where='a.txt:3', found=2, fix='write 3'))
    assert text.splitlines() == ['It is wrong.', '  where: a.txt:3', '  found: 2', '  what to do: write 3']


@pytest.mark.parametrize('found', [0, '', False, ()])
def test_what_was_found_may_be_nothing_much(found: object) -> None:
    assert f'found: {found}' in str(MLKDError('x', found=found))


def test_it_survives_the_way_between_processes() -> None:
    error = CheckpointError('x', where='a.pth', found=1, expected=2, fix='y')
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is CheckpointError
    assert str(again) == str(error)
    assert (again.what, again.expected) == ('x', 2)


def test_near_names() -> None:
    assert did_you_mean('widht', ['width', 'height', 'depth']) == 'did you mean width?'
    assert did_you_mean('xyz', ['width']) == ''


@pytest.mark.parametrize(
    ('names', 'expected'),
    [('ba', 'a, b'), ('', ''), ('fedcba', 'a, b, c, d, e and 1 more'), ('edcba', 'a, b, c, d, e')],
)
def test_some_of_many(names: str, expected: str) -> None:
    assert some(names) == expected


def test_the_same_error_told_from_further_out() -> None:
    inner = DataError('x', where='parts', found=1, expected=2, fix='y')
    outer = inner.at('a.json', ', ')
    assert (type(outer), outer.where, inner.where) == (DataError, 'a.json, parts', 'parts')
    assert (outer.what, outer.found, outer.expected, outer.fix) == ('x', 1, 2, 'y')
    assert ConfigError('x').at('a.json').where == 'a.json'


def test_a_name_that_leads_nowhere() -> None:
    error = unknown_name('There is no stage.', 'student.load_from', 'stage:teachr', iter(['teacher', 'student']))
    assert (error.found, error.expected) == ('stage:teachr', 'one of these: teacher, student')
    assert error.fix == 'did you mean teacher?'
    assert unknown_name('x', 'y', 'z', ['teacher']).fix is None


def test_what_to_do_about_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / 'network.pth').touch()
    assert near_file(tmp_path / 'netwrk.pth') == 'did you mean network.pth?'
    assert near_file(tmp_path / 'xyz') == near_file(tmp_path / 'no' / 'network.pth') == 'check the path'
    assert near_file(tmp_path) == 'name a file of this folder: network.pth'
