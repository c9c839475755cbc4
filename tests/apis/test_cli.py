"""The command line: every verb is there, and errors are told without a traceback."""

from __future__ import annotations

import importlib

import pytest

from mlkd.apis.cli import COMMANDS, main


@pytest.mark.parametrize('command', COMMANDS)
def test_every_verb_has_its_module(command: str) -> None:
    module = importlib.import_module(f'mlkd.apis.{command}')
    assert callable(module.run)
    assert callable(module.add_arguments)


def test_misspelt_verb_names_what_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['trian']) == 1
    shown = capsys.readouterr().err
    assert 'did you mean train' in shown
    assert 'Traceback' not in shown


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
