from __future__ import annotations

import subprocess
from pathlib import Path

import mmengine
import pytest
import torch

import mlkd
from mlkd.engine.environment import git_commit, machine, versions


def test_versions_and_machine() -> None:
    found = versions()
    assert found['torch'] == torch.__version__.split('+')[0] or found['torch'] == torch.__version__
    assert (found['mlkd'], found['mmengine']) == (mlkd.__version__, mmengine.__version__)
    assert machine()['cpus'] >= 1
    assert (machine()['gpu'] is None) == (not torch.cuda.is_available())


def test_commit_of_the_checkout_that_the_code_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        who = ['-c', 'user.name=a', '-c', 'user.email=a@b']
        return subprocess.run(['git', *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    monkeypatch.setenv('GIT_CEILING_DIRECTORIES', str(tmp_path.parent))
    file = tmp_path / 'code.py'
    file.write_text('1\n')
    monkeypatch.setattr(mlkd, '__file__', str(file))
    assert git_commit() is None
    git('init', '-q')
    assert git_commit() is None
    git('add', 'code.py')
    git('commit', '-qm', 'first')
    commit = git('rev-parse', 'HEAD').strip()
    (tmp_path / 'untracked.txt').touch()
    assert git_commit() == commit
    file.write_text('2\n')
    assert git_commit() == f'{commit}-dirty'
