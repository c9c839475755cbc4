"""Keys that are meant by others."""

from __future__ import annotations

import pytest

from mlkd.proposals.checks import differing, near_keys, repeated_keys


@pytest.mark.parametrize(
    ('key', 'near'),
    [
        ('JPEGImages/000012.jpg', '000012.jpg'),
        ('000012.jpg', 'JPEGImages/000012.jpg'),
        ('train/000012.png', 'train/000012.jpg'),
        ('000012', 'JPEGImages/000012.jpg'),
        ('train/dog_001.jpg', 'train/dog-001.jpg'),
    ],
)
def test_same_name_same_stem_spelt_alike(key: str, near: str) -> None:
    assert near_keys(key, ['other/zzz.jpg', near]) == f'did you mean {near}?'


def test_a_stem_in_the_same_folder_comes_first() -> None:
    assert near_keys('b/1.png', ['a/1.jpg', 'b/1.jpg']) == 'did you mean b/1.jpg?'


def test_nothing_is_near() -> None:
    assert near_keys('dog.jpg', ['4711.png']) == near_keys('dog.jpg', []) == ''


def test_among_very_many() -> None:
    keys = [f'train/{index:07d}.jpg' for index in range(0, 90000, 3)]
    assert 'train/0030000.jpg' in near_keys('train/0030000a.jpg', keys)


def test_only_what_differs_is_told() -> None:
    mine = {'type': 'A', 'model': {'file': 'm', 'sha256': '1'}, 'n': 3, 'gone': None}
    other = {'type': 'A', 'model': {'file': 'm', 'sha256': '2'}, 'n': 3, 'new': [1]}
    assert differing(mine, other) == ({'model': {'sha256': '1'}, 'gone': None}, {'model': {'sha256': '2'}, 'new': [1]})
    assert differing(mine, mine) == ({}, {})
    assert differing(None, other) == (None, other)


def test_keys_that_are_there_again() -> None:
    assert repeated_keys(['b', 'a', 'b', 'c', 'b', 'a']) == ['b', 'b', 'a']
    assert repeated_keys(iter('abc')) == []
