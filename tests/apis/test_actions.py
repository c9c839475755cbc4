from __future__ import annotations

import argparse
import sys
from types import ModuleType

import pytest

from mlkd.apis.actions import add_actions, run_action


def module(name: str, code: int) -> ModuleType:
    made = ModuleType(name)
    made.add_arguments = lambda parser: parser.add_argument('--times', type=int, default=1)  # type: ignore[attr-defined]
    made.run = lambda args: code * args.times  # type: ignore[attr-defined]
    return made


def test_the_named_action_is_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, code in (('toy_command', 0), ('toy_command.one', 3), ('toy_command.two', 5)):
        monkeypatch.setitem(sys.modules, name, module(name, code))
    parser = argparse.ArgumentParser()
    add_actions(parser, 'toy_command', {'one': 'does one thing', 'two': 'does another'})
    assert run_action(parser.parse_args(['one'])) == 3
    assert run_action(parser.parse_args(['two', '--times', '2'])) == 10
    for words in ([], ['three']):
        with pytest.raises(SystemExit):
            parser.parse_args(words)
    assert "invalid choice: 'three'" in capsys.readouterr().err
