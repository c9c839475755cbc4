"""The example plug-in from outside: found through custom_imports, and trained by the command-line tool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / 'projects' / 'example_plugin'


def test_its_term_and_backbone_train(tmp_path: Path) -> None:
    options = [f'{split}_dataloader.dataset.num_images=48' for split in ('train', 'val', 'test')]
    options += [f'{stage}.train_cfg.max_epochs=2' for stage in ('teacher', 'student', 'baseline')]
    command = [sys.executable, ROOT / 'tools' / 'train.py', FOLDER / 'cosine_kd.py', '--cfg-options', *options]
    run = subprocess.run(
        [*map(str, command)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join([str(ROOT), str(FOLDER)])},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    folder = tmp_path / 'work_dirs' / 'cosine_kd'
    assert list(json.loads((folder / 'summary.json').read_text())['stages']) == ['teacher', 'student', 'baseline']
    log = next((folder / 'student').rglob('scalars.json')).read_text()
    losses = [line['cosine.loss'] for line in map(json.loads, log.splitlines()) if 'cosine.loss' in line]
    assert losses[-1] < losses[0] <= 2
