"""Distillation from a teacher that OASS trains, on Shapes: neither proposals nor boxes, from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlkd.apis.cli import main

ROOT = Path(__file__).parents[2]
FEW = [f'{split}_dataloader.dataset.num_images=32' for split in ('train', 'val', 'test')]


def test_train_measure_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = ROOT / 'configs' / 'oass' / 'oass_shapes.py'
    epochs = [f'{stage}.train_cfg.max_epochs=1' for stage in ('teacher', 'feature', 'student', 'baseline')]
    words = ['--work-dir', 'run', '--data-root', 'nowhere', '--cfg-options', *FEW, *epochs]
    command = [sys.executable, ROOT / 'tools' / 'train.py', config, *words]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    stages = json.loads((tmp_path / 'run' / 'summary.json').read_text())['stages']
    assert list(stages) == ['teacher', 'feature', 'student', 'baseline']
    assert {'cam/pointing', 'cam/CorLoc', 'cam/BoxAcc'} <= stages['teacher']['metrics'].keys()
    assert stages['teacher']['per_class']['cam']['images'] == 32
    assert not list(tmp_path.rglob('*.mlkd'))
    out = Path('run/measured/student.json')
    words = ['test', config, 'run/student.pth', '--cam', '--floors', '--out', out, '--cfg-options', *FEW]
    assert main([*map(str, words)]) == 0
    metrics = json.loads((tmp_path / out).read_text())['metrics']
    assert {'cam/pointing', 'cam_image/pointing', 'mAP'} <= metrics.keys()
    assert main(['report', 'run', '--pictures', '0']) == 0
    report = (tmp_path / 'run' / 'report' / 'report.md').read_text()
    assert 'pointing, hard' in report
    assert 'the whole image, scored by PeakFeatureKD' in report
