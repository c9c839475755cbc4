"""Distillation from a teacher that OASS trains, on Shapes: neither proposals nor boxes, from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEW = [f'{split}_dataloader.dataset.num_images=48' for split in ('train', 'val', 'test')]


def tool(folder: Path, name: str, *words: object) -> None:
    command = [sys.executable, ROOT / 'tools' / f'{name}.py', *words]
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_train_measure_and_report(tmp_path: Path) -> None:
    config = ROOT / 'configs' / 'oass' / 'oass_shapes.py'
    epochs = [f'{stage}.train_cfg.max_epochs=1' for stage in ('teacher', 'feature', 'student', 'baseline')]
    words = ['--work-dir', 'run', '--data-root', 'nowhere', '--cfg-options', *FEW, *epochs]
    tool(tmp_path, 'train', config, *words)
    stages = json.loads((tmp_path / 'run' / 'summary.json').read_text())['stages']
    assert list(stages) == ['teacher', 'feature', 'student', 'baseline']
    assert {'cam/pointing', 'cam/CorLoc', 'cam/BoxAcc'} <= stages['teacher']['metrics'].keys()
    assert stages['teacher']['per_class']['cam']['images'] == 48
    assert not list(tmp_path.rglob('*.mlkd'))
    out = Path('run/measured/student.json')
    words = [config, 'run/student.pth', '--cam', '--floors', '--out', out, '--cfg-options', *FEW]
    tool(tmp_path, 'test', *words)
    metrics = json.loads((tmp_path / out).read_text())['metrics']
    assert {'cam/pointing', 'cam_image/pointing', 'mAP'} <= metrics.keys()
    tool(tmp_path, 'report', 'run', '--pictures', 0)
    report = (tmp_path / 'run' / 'report' / 'report.md').read_text()
    assert 'pointing, hard' in report
    assert 'the whole image, scored by S-Cls' in report or 'the whole image, scored by PeakFeatureKD' in report
