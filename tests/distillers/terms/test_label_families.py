"""Families: shares, and every label once."""

from __future__ import annotations

from typing import Any

import pytest

from mlkd.distillers.terms.label_families import Family, families_of, label_index
from mlkd.errors import ConfigError, PartitionError

CLASSES = ('cat', 'dog', 'earthquake', 'sea')
FAMILY = Family('cgp', 1.0, ('a', 'b'))


@pytest.mark.parametrize(
    ('config', 'expected'),
    [
        ({'cgp': None}, {'cgp': 1.0}),
        ({'cgp': 0.25, 'dgp': None}, {'cgp': 0.25, 'dgp': 0.75}),
        ({'cgp': {}, 'dgp': {}}, {'cgp': 0.5, 'dgp': 0.5}),
        ({'a': 0.4, 'b': None, 'c': {}}, {'a': 0.4, 'b': 0.3, 'c': 0.3}),
        ({'cgp': 1, 'dgp': 0}, {'cgp': 1, 'dgp': 0}),
        ({'a': 1 / 3, 'b': 1 / 3, 'c': 1 / 3}, {'a': 1 / 3, 'b': 1 / 3, 'c': 1 / 3}),
    ],
)
def test_shares(config: dict, expected: dict) -> None:
    found = families_of(config)
    assert {family.name: family.alpha for family in found} == pytest.approx(expected)
    assert all(family.teachers == (family.name,) for family in found)


def test_names_of_teachers() -> None:
    found = families_of({'cgp': {'alpha': 0.5, 'teachers': ['x', 'y']}, 'dgp': {'teachers': 'z'}})
    assert [family.teachers for family in found] == [('x', 'y'), ('z',)]


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        ({}, 'no families'),
        (None, 'no families'),
        ({'cgp': 0.5, 'dgp': 0.6}, 'sum 1.1'),
        ({'cgp': 0.5, 'dgp': 0.4}, 'sum to 1'),
        ({'cgp': 0.7, 'dgp': 0.6, 'x': None}, 'sum to 1'),
        ({'cgp': -0.5, 'dgp': None}, 'cgp.alpha'),
        ({'cgp': True}, 'no share'),
        ({'cgp': '0.5'}, 'no share'),
        ({'cgp': float('nan')}, 'no share'),
        ({'cgp': {'alfa': 1}}, 'did you mean alpha'),
        ({'cgp': {'teachers': []}}, 'names no teachers'),
        ({'cgp': {'teachers': [1]}}, 'names no teachers'),
        ({'cgp': {'teachers': ['a', 'b', 'a']}}, 'twice'),
    ],
)
def test_what_is_no_family(config: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        families_of(config)


def test_where_labels_stand() -> None:
    index = label_index(FAMILY, {'a': ('sea', 'cat'), 'b': ('earthq', 'dog')}, CLASSES, 'families.cgp')
    assert index == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ('labels', 'error', 'words'),
    [
        (
            {'a': ('sea', 'cat'), 'b': ('dog',)},
            PartitionError,
            r'(?s)1 of 4 labels stand in no part.*found: earthquake',
        ),
        (
            {'a': ('sea', 'cat'), 'b': ('dog', 'earthquake', 'cat')},
            PartitionError,
            r'(?s)families.cgp: teacher a and teacher b.*found: cat',
        ),
        ({'a': ('sea', 'cat'), 'b': ('dog', 'eartquake')}, PartitionError, r'(?s)teacher b.*did you mean earthquake'),
        ({'a': ('sea', 'cat'), 'b': None}, ConfigError, r'teachers\.b\.classes'),
    ],
)
def test_teachers_that_do_not_divide_the_labels(labels: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        label_index(FAMILY, labels, CLASSES, 'families.cgp')
