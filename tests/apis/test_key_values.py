"""Options KEY=VALUE: read as MMEngine reads them, and what is none is told."""

from __future__ import annotations

import argparse

import pytest

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


@pytest.mark.parametrize('word', ['mode', 'scales=[1,2', 'scales=(1,2]'])
def test_what_is_no_pair(parser: argparse.ArgumentParser, word: str) -> None:
    with pytest.raises(ConfigError, match='KEY=VALUE') as caught:
        parser.parse_args(['--set', 'a=1', word])
    assert (caught.value.where, caught.value.found) == ('--set', word)


def test_words_of_several_options_are_gathered(parser: argparse.ArgumentParser) -> None:
    assert parser.parse_args(['--set', 'a=1', 'b=2', '--set', 'b=3']).set == {'a': 1, 'b': 3}
