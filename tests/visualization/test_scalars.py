from __future__ import annotations

import json
from pathlib import Path

from mmengine.visualization import LocalVisBackend

from mlkd.visualization import read_curves


def log(folder: Path, *rows: dict, rest: str = '') -> None:
    path = folder / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text(''.join(json.dumps(row) + '\n' for row in rows) + rest)


def test_a_resumed_training_is_one_curve_in_which_the_later_part_counts(tmp_path: Path):
    log(
        tmp_path / '20260101_000000',
        {'loss': 3.0, 'lr': 0.1, 'epoch': 1, 'iter': 10, 'step': 10, 'time': 0.5},
        {'mAP': 20.0, 'time': 1.0, 'step': 1},
        {'loss': 2.0, 'epoch': 2, 'iter': 20, 'step': 20},
    )
    log(
        tmp_path / '20260101_000100',
        {'loss': 1.9, 'kd.loss': 0.4, 'epoch': 2, 'iter': 20, 'step': 20},
        {'mAP': 30.0, 'step': 2},
        rest='{"loss": 1.0, "ep',
    )
    curves = read_curves(tmp_path)
    assert curves.train == {'loss': {10: 3.0, 20: 1.9}, 'lr': {10: 0.1}, 'kd.loss': {20: 0.4}}
    assert curves.val == {'mAP': {1: 20.0, 2: 30.0}}


def test_what_mmengine_writes_is_read(tmp_path: Path):
    backend = LocalVisBackend(str(tmp_path / '20260101_000000' / 'vis_data'))
    backend.add_scalars({'loss': 1.5, 'epoch': 1, 'iter': 5}, step=5)
    assert read_curves(tmp_path).train == {'loss': {5: 1.5}}


def test_nothing_logged_is_empty(tmp_path: Path):
    curves = read_curves(tmp_path)
    assert curves.train == curves.val == {}
