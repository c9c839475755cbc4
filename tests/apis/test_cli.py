"""The command line: every verb is there, and errors are told without a traceback."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from label_toys import write_labels

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


def test_what_the_system_refuses_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'labels.npz').mkdir()
    words = ['--counts', str(write_labels(tmp_path / 'toy.npz')), '--out', 'labels.npz', '--overwrite']
    assert main(['labels', 'make', *words]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith('DataError: The system does not let a file be read or written.')
    assert 'where: labels.npz' in shown
    assert 'found: Is a directory' in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ['labels.npz', 'toy.npz']


def test_faults_of_the_code_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(args: object) -> int:
        raise OSError('no file, no number')

    monkeypatch.setattr('mlkd.apis.doctor.run', fail)
    with pytest.raises(OSError, match='no number'):
        main(['doctor'])


@pytest.mark.parametrize(
    ('write', 'code'),
    [
        ("print('few letters, which are written when the command ends')", 141),
        ("print('x' * 1_000_000)", 141),
        ("logging.getLogger('run').warning('the log stands in a file too')", 0),
    ],
)
def test_who_reads_the_output_may_leave(write: str, code: int) -> None:
    """As ``| head`` does."""
    program = (
        'import logging, sys\nfrom mlkd.apis import cli, doctor\nsys.stdin.read()\n'
        "logging.getLogger('run').addHandler(logging.StreamHandler(sys.stdout))\n"
        f"doctor.run = lambda args: {write} or 0\nsys.exit(cli.main(['doctor']))"
    )
    command = [sys.executable, '-c', program]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for stream in (process.stdout, process.stdin):
        stream.close()
    assert process.stderr.read() == b''
    assert process.wait() == code
