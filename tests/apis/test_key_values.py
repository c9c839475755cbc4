"""Options KEY=VALUE: read as MMEngine reads them, and what is none is told."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
from mmengine.config import DictAction

from mlkd.apis.key_values import KeyValues
from mlkd.errors import ConfigError


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', nargs='+', action=KeyValues)
    return parser


def test_as_mmengine_reads_them(parser: argparse.ArgumentParser) -> None:
    read = parser.parse_args(['--set', 'a.b=1', 'c=[1,2.5]', 'd=x=y', 'e=None', 'f='])
    assert read.set == {'a.b': 1, 'c': [1, 2.5], 'd': 'x=y', 'e': None, 'f': ''}


@pytest.mark.parametrize(
    'text', ['1,2,3', '(1, 2)', '(1)', '[a, b]', '[(1,2),[a,b],c]', "['a','b']", '"[1,2]"', 'true', '1e-3', '[]', '007']
)
def test_equal_to_mmengine(parser: argparse.ArgumentParser, text: str) -> None:
    assert parser.parse_args(['--set', f'a={text}']).set == {'a': DictAction._parse_iterable(text)}


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('/my photos/summer', '/my photos/summer'),
        ("['/my photos', 'b, c']", ['/my photos', 'b, c']),
        ("'S-Cls (w/), 60 epochs'", 'S-Cls (w/), 60 epochs'),
        ('S-Cls (w/o) long', 'S-Cls (w/o) long'),
        ("[{'type': 'CosineAnnealingLR', 'T_max': 60}]", [{'type': 'CosineAnnealingLR', 'T_max': 60}]),
        ("{'type': 'SGD', 'lr': 0.1}", {'type': 'SGD', 'lr': 0.1}),
    ],
)
def test_spaces_dicts_and_commas_in_quotes(parser: argparse.ArgumentParser, text: str, value: Any) -> None:
    assert parser.parse_args(['--set', f'a={text}']).set == {'a': value}


@pytest.mark.parametrize('word', ['mode', 'scales=[1,2', 'scales=(1,2]', "a={'b':1", 'a={1, 2'])
def test_what_is_no_pair(parser: argparse.ArgumentParser, word: str) -> None:
    with pytest.raises(ConfigError, match='KEY=VALUE') as caught:
        parser.parse_args(['--set', 'a=1', word])
    assert (caught.value.where, caught.value.found) == ('--set', word)


def test_words_of_several_options_are_gathered(parser: argparse.ArgumentParser) -> None:
    assert parser.parse_args(['--set', 'a=1', 'b=2', '--set', 'b=3']).set == {'a': 1, 'b': 3}
