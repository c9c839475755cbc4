"""The recipe of the quickstart, from the command line, cut to a batch of each stage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_dry_run(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / 'tools' / 'train.py', ROOT / 'configs' / 'kd' / 'wsddn_shapes.py']
    # Fewer images, as all are composed before the first is drawn.
    few = [f'{split}_dataloader.dataset.num_images=60' for split in ('train', 'val', 'test')]
    words = ['--dry-run', '1', '--work-dir', tmp_path, '--data-root', 'nowhere', '--cfg-options', *few]
    done = subprocess.run([*map(str, [*command, *words])], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / 'dry_run' / 'summary.json').read_text())
    assert list(summary['stages']) == ['teacher', 'feature', 'student', 'baseline']
    assert all('mAP' in summary['stages'][stage]['metrics'] for stage in ('teacher', 'student', 'baseline'))
    assert not (tmp_path / 'work_dirs').exists()
