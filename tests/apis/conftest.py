"""Makes ``engine_toy`` and ``network_toy`` importable, here and in the processes that tests start."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from published_run import train

from mlkd.fileio import write_json

for folder in (Path(__file__).parents[1] / 'engine', Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
os.environ.setdefault('OMP_NUM_THREADS', '1')


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes the summary of a run: ``make_run('a', seed=0, student=70.0, baseline=68.0, teacher=75.0)``."""

    def make(name: str, seed: int = 0, config: str = 'kd.py', top: dict | None = None, **stages: float) -> Path:
        results = {}
        for stage, value in stages.items():
            classes = [
                {'name': 'cat', 'positives': 30, 'AP': value - 1},
                {'name': 'dog', 'positives': 1200, 'AP': value + 1},
                {'name': 'emu', 'positives': 0, 'AP': None},
            ]
            keys = ('mAP', 'CF1', 'F1-C', 'OF1', 'top3/F1-C', 'top3/OF1', 'top3_forced/F1-C', 'top3_forced/OF1')
            results[stage] = {
                'metrics': {key: value - index for index, key in enumerate(keys)},
                'per_class': {'images': 1240, 'left_out': ['emu'], 'classes': classes},
                'seconds': 100.0 + seed,
                'images_per_second': 50.0,
                'peak_memory_mib': {'rss': 900.0},
                'parameters': 1000,
                'network_sha256': f'{config}/{stage}/{seed}/{value}',
            }
        summary = {
            'config': config,
            'config_hash': config,
            'seed': seed,
            'student_stage': 'student',
            'versions': {'torch': '2'},
            'git_commit': 'abc',
            'data_checksum': 'def',
            'stages': results,
            **(top or {}),
        }
        write_json(tmp_path / name / 'summary.json', summary)
        return tmp_path / name

    return make


@pytest.fixture(scope='session')
def shapes_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of teacher, student and baseline on a few drawn images, which kept scores; not to be changed."""
    folder = tmp_path_factory.mktemp('shapes') / 'run'
    patch = pytest.MonkeyPatch()
    # Proposals are made below it.
    patch.chdir(folder.parent)
    stages = ['teacher', 'student', 'baseline']
    try:
        return train(folder, stages=stages, baseline={'model': 'model:student'}, student={'model': 'model:student'})
    finally:
        patch.undo()
