"""A detector and teachers of parts of the labels teach one student, from the command line, a batch of each stage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_dry_run(tmp_path: Path) -> None:
    config = ROOT / 'configs' / 'psd' / 'smallconvnet_shapes_wsddn.py'
    few = [f'{split}_dataloader.dataset.num_images=24' for split in ('train', 'val', 'test')]
    words = [ROOT / 'tools' / 'train.py', config, '--dry-run', '1', '--work-dir', tmp_path, '--cfg-options', *few]
    done = subprocess.run([sys.executable, *map(str, words)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((tmp_path / 'dry_run' / 'summary.json').read_text())
    assert list(summary['stages']) == ['detector', 'teachers', 'student', 'baseline']
    assert all('mAP' in stage['metrics'] for name, stage in summary['stages'].items() if name != 'teachers')
    # All three kinds of terms were minimised, of both families.
    logs = '\n'.join(path.read_text() for path in (tmp_path / 'dry_run' / 'student').rglob('*.json'))
    for name in ('task.loss_cls', 'feature.loss', 'pred.loss', 'psd.loss_cgp', 'psd.loss_dgp'):
        assert name in logs
