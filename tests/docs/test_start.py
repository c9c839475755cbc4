"""The five-minute start, command by command as its page has them, on fewer images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from doc_commands import ROOT, DocCommand, commands_of

from mlkd.apis.cli import main

FEW = [f'{split}_dataloader.dataset.num_images=24' for split in ('train', 'val', 'test')]
BRIEF = [f'{stage}.train_cfg.max_epochs=1' for stage in ('teacher', 'feature', 'student', 'baseline')]
#: In place of making an environment: the one of the tests.
SETUP = 'say() { printf "== %s\\n" "$*"; }\n'


def page_commands(name: str) -> list[DocCommand]:
    return commands_of((ROOT / 'docs' / name).read_text(), name)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository in a folder of its own, where the commands leave what they leave."""
    for name in ('configs', 'docs', 'projects'):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'tools', tmp_path / 'tools')
    (tmp_path / 'tools' / 'setup_env.sh').write_text(SETUP)
    (tmp_path / 'bin').mkdir()
    python = tmp_path / 'bin' / 'python'
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lets the page be asked in place of serving it for ever; gives the answers."""
    serving = pytest.importorskip('mlkd.apis.demo.serving')
    answers: list[Any] = []

    class Once:
        def __init__(self, app: Any) -> None:
            self.app = app

        def run(self) -> None:
            client = self.app.test_client()
            picture = Path('docs/images/shapes.png').read_bytes()
            answers.extend([client.get('/'), client.post('/look', data=picture)])

    monkeypatch.setattr(serving, 'listen', lambda app, *_: (Once(app), 'http://127.0.0.1/'))
    return answers


def test_five_minute_start(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = [command for command in page_commands('start.md') if command.whole]
    assert first.words == ('tools/quickstart.sh',)
    environment = {
        **os.environ,
        'PATH': os.pathsep.join([str(checkout / 'bin'), os.environ['PATH']]),
        'PYTHONPATH': os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]),
    }
    words = ['bash', *first.words, '--cfg-options', *FEW, *BRIEF]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'S-Cls (w/o)' in done.stdout
    run = checkout / 'work_dirs' / 'quickstart'
    report = run / 'report' / 'report.html'
    report.unlink()
    answers = served(monkeypatch)
    assert [command.words[1] for command in rest] == ['report', 'predict', 'publish', 'demo']
    for command in rest:
        assert command.words[0] == 'mlkd'
        assert main(command.words[1:]) == 0
    assert report.is_file()
    assert len(list((run / 'labelled').rglob('*.png'))) == 1
    page, look = answers
    assert page.status_code == 200
    assert len(look.json['labels']) == 24
    assert look.json['detector']['who'] == 'teacher'


def test_the_command_of_the_plug_in_is_the_one_that_is_tested() -> None:
    (command,) = [one for one in page_commands('plugins.md') if one.words[0] == 'tools/train.py']
    assert dict(command.variables)['PYTHONPATH'] == 'projects/example_plugin'
    tested = (ROOT / 'tests' / 'projects' / 'test_example_plugin.py').read_text()
    assert command.words[1:] == ('projects/example_plugin/cosine_kd.py',)
    assert "FOLDER / 'cosine_kd.py'" in tested
