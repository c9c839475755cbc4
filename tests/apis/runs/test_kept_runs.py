from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.kept_runs import keep_runs
from mlkd.apis.runs.summaries import read_run
from mlkd.errors import DataError

MakeRun = Callable[..., Path]


def test_a_run_that_is_made_again_takes_the_place_of_the_kept_one(make_run: MakeRun, tmp_path: Path):
    run, kept = make_run('kd_0', seed=0, student=70.0), tmp_path / 'kept'
    (run / 'measured').mkdir()
    later = {'metrics': {'corloc/CorLoc': 3.0}, 'per_class': {}, 'checkpoint_sha256': 'of nothing', 'tta': False}
    (run / 'measured' / 'student.json').write_text(json.dumps(later))
    keep_runs([run], kept)
    assert json.loads((kept / 'kd_0' / 'measured' / 'student.json').read_text()) == later
    shutil.rmtree(run)
    run = make_run('kd_0', seed=0, student=71.0)
    assert keep_runs([run], kept) == [kept / 'kd_0']
    assert not list((kept / 'kd_0' / 'measured').iterdir())
    assert read_run(kept / 'kd_0')[-1].number('mAP') == 71.0


def test_a_broken_run_is_not_kept(make_run: MakeRun, tmp_path: Path):
    run = make_run('kd_0', seed=0, student=70.0)
    (run / 'summary.json').write_text('{"stages":')
    with pytest.raises(DataError, match='cannot be read'):
        keep_runs([run], tmp_path / 'kept')
    assert not (tmp_path / 'kept').exists()


def test_folders_of_one_machine_are_not_kept(make_run: MakeRun, tmp_path: Path):
    run = make_run('kd_0', seed=0, top={'reused': {'teacher': str(tmp_path)}}, student=70.0)
    (kept,) = keep_runs([run], tmp_path / 'kept')
    assert str(tmp_path) not in (kept / 'summary.json').read_text()
    assert read_run(kept)[-1].number('mAP') == 70.0
