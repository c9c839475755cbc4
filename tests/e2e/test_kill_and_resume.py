"""The program itself, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from engine_toy import run, toy_recipe, train
from mmengine.config import Config

ROOT = Path(__file__).parents[2]


def program(*words: object) -> subprocess.CompletedProcess:
    paths = os.pathsep.join([str(ROOT), str(ROOT / 'tests' / 'engine'), os.environ.get('PYTHONPATH', '')])
    command = [sys.executable, str(ROOT / 'tools' / 'train.py'), *map(str, words)]
    environment = {**os.environ, 'PYTHONPATH': paths, 'OMP_NUM_THREADS': '1'}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)


def test_killed_during_a_save_and_resumed(tmp_path: Path) -> None:
    config = toy_recipe('unused', log_level='INFO')
    del config['work_dir']
    kill = {'type': 'KillHook', 'marker': str(tmp_path / 'killed'), 'stage': 'feature', 'save': 2}
    Config(dict(config, custom_hooks=[kill])).dump(tmp_path / 'killed.py')

    assert program(tmp_path / 'killed.py', '--work-dir', tmp_path / 'k').returncode == -9
    assert not (tmp_path / 'k' / 'student.pth').exists()
    refused = program(tmp_path / 'killed.py', '--work-dir', tmp_path / 'k')
    assert refused.returncode == 1
    assert '--resume' in refused.stderr + refused.stdout
    assert 'Traceback' not in refused.stderr
    resumed = program(tmp_path / 'killed.py', '--work-dir', tmp_path / 'k', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert 'teacher is done' in resumed.stdout + resumed.stderr
    assert run(train, dict(config, work_dir=str(tmp_path / 'w'))) == 0
    for name in ('student.pth', 'feature/network.pth'):
        assert (tmp_path / 'k' / name).read_bytes() == (tmp_path / 'w' / name).read_bytes()
