"""The bar goes to the error stream of a terminal, and nowhere else."""

from __future__ import annotations

import pytest

from mlkd.apis.proposals.progress import progress


def test_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress('boxes', 3) as advance:
        advance(1)
        advance(2)
    assert capsys.readouterr() == ('', '')


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv('FORCE_COLOR', '1')
    monkeypatch.setenv('TERM', 'xterm')
    with progress('boxes', 3) as advance:
        advance(3)
    out, shown = capsys.readouterr()
    assert out == ''
    assert 'boxes' in shown
    assert '3/3' in shown
