"""``tools/quickstart.sh``: what it calls, and what it says; the calls themselves have tests of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / 'tools' / 'quickstart.sh'
SETUP = 'say() { printf "== %s\\n" "$*"; }\nPATH="$PWD/bin:$PATH"\n'
TRAIN = 'tools/train.py configs/kd/wsddn_shapes.py --work-dir work_dirs/quickstart'


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The script beside a set-up that installs nothing, and a python that only notes its arguments."""
    (tmp_path / 'tools').mkdir()
    (tmp_path / 'bin').mkdir()
    shutil.copy(SCRIPT, tmp_path / 'tools')
    (tmp_path / 'tools' / 'setup_env.sh').write_text(SETUP)
    fake = tmp_path / 'bin' / 'python'
    fake.write_text('#!/bin/sh\necho "$@" >>calls\ncase "$*" in *broken*) exit 1;; esac\n')
    fake.chmod(0o755)
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(['bash', 'tools/quickstart.sh', *words], cwd=folder, capture_output=True, text=True)


def test_trains_and_says_where_everything_is(tools: Path) -> None:
    done = run(tools)
    assert done.returncode == 0, done.stderr
    assert (tools / 'calls').read_text().splitlines() == [f'{TRAIN} --resume']
    for name in ('student.pth', 'summary.json', 'report/report.html'):
        assert f'work_dirs/quickstart/{name}' in done.stdout


def test_arguments_go_to_training_and_overwriting_does_not_resume(tools: Path) -> None:
    assert run(tools, '--overwrite', '--seed', '3').returncode == 0
    assert (tools / 'calls').read_text().splitlines()[0] == f'{TRAIN} --overwrite --seed 3'


def test_another_work_folder_is_named(tools: Path) -> None:
    done = run(tools, '--work-dir', 'work_dirs/mine')
    assert 'work_dirs/mine/student.pth' in done.stdout
    assert 'work_dirs/quickstart' not in done.stdout


def test_what_goes_wrong_in_training_ends_it(tools: Path) -> None:
    done = run(tools, 'broken')
    assert done.returncode == 1
    assert 'student.pth' not in done.stdout
    assert len((tools / 'calls').read_text().splitlines()) == 1
