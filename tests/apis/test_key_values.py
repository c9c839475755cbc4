"""Options KEY=VALUE: read as MMEngine reads them, and what is none is told."""

from __future__ import annotations

import argparse

import pytest

from mlkd.apis.key_values import KeyValues


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument('--set', nargs='+', action=KeyValues)
    return parser


def test_as_mmengine_reads_them(parser: argparse.ArgumentParser) -> None:
    read = parser.parse_args(['--set', 'a.b=1', 'c=[1,2.5]', 'd=x=y', 'e=None', 'f='])
    assert read.set == {'a.b': 1, 'c': [1, 2.5], 'd': 'x=y', 'e': None, 'f': ''}


@pytest.mark.parametrize('word', ['mode', 'scales=[1,2', 'scales=(1,2]'])
def test_what_is_no_pair(parser: argparse.ArgumentParser, word: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(['--set', 'a=1', word])
    assert caught.value.code == 2
    assert f'argument --set: {word!r}' in capsys.readouterr().err
