from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mlkd.apis.runs.curves import run_curves
from mlkd.apis.runs.summaries import read_run


def log(folder: Path, value: float) -> None:
    path = folder / '20260101_000000' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({'loss': value, 'iter': 1, 'step': 1}) + '\n')


def test_logs_of_folds_parts_and_other_runs(make_run: Callable[..., Path], tmp_path: Path) -> None:
    run = make_run('a', teacher=1.0, parts=2.0, folds=3.0, reused=4.0, silent=5.0, student=6.0)
    for number, place in enumerate(
        ('teacher/fold0', 'teacher/full', 'parts/together-1', 'parts/together-2', 'folds/fold0', 'student')
    ):
        log(run / place, float(number))
    log(tmp_path / 'other' / 'reused', 9.0)
    results = read_run(run)
    results[0].summary['reused'] = {'reused': str(tmp_path / 'other')}
    found = {name: curves.train['loss'][1] for name, curves in run_curves(results).items()}
    assert found == {
        'teacher': 1.0,
        'parts, together-1': 2.0,
        'parts, together-2': 3.0,
        'folds': 4.0,
        'reused': 9.0,
        'student': 5.0,
    }


def test_a_config_without_stages_logs_in_the_work_folder(make_run: Callable[..., Path]) -> None:
    run = make_run('a', train=1.0)
    log(run, 3.0)
    assert run_curves(read_run(run))['train'].train == {'loss': {1: 3.0}}


def test_the_first_run_alone(make_run: Callable[..., Path]) -> None:
    runs = [make_run(name, student=1.0) for name in 'ab']
    for number, run in enumerate(runs):
        log(run / 'student', float(number))
    results = [result for run in runs for result in read_run(run)]
    assert run_curves(results)['student'].train == {'loss': {1: 0.0}}
