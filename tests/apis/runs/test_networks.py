from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.networks import network_of_stage, photo_dataset_config, roles, run_networks
from mlkd.apis.runs.summaries import read_run
from mlkd.apis.setup_config import setup_config
from mlkd.engine.recipe import Recipe

MakeRun = Callable[..., Path]


def test_what_stages_are_to_a_run(make_run: MakeRun) -> None:
    found = roles(read_run(make_run('a', teacher=1.0, feature=2.0, student=3.0, baseline=4.0)))
    assert {role: result.stage for role, result in found.items()} == {
        'before': 'baseline',
        'after': 'student',
        'teacher': 'teacher',
    }
    assert list(found) == ['before', 'after', 'teacher']
    other = make_run('b', top={'student_stage': 'msrn'}, mlgcn=1.0, msrn=2.0, baseline=3.0)
    assert {role: result.stage for role, result in roles(read_run(other)).items()} == {
        'before': 'baseline',
        'after': 'msrn',
    }
    assert [result.stage for result in roles(read_run(make_run('c', train=1.0))).values()] == ['train']


def test_networks_of_folds_and_of_other_runs(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run('a', teacher=1.0, student=3.0)
    teacher, student = read_run(run)
    assert network_of_stage(teacher) is None
    for place in ('fold0', 'full'):
        file = run / 'teacher' / place / 'network.pth'
        file.parent.mkdir(parents=True)
        file.touch()
        assert network_of_stage(teacher) == file
    shutil.move(run / 'teacher', tmp_path / 'other' / 'teacher')
    assert network_of_stage(teacher) is None
    teacher.summary['reused'] = {'teacher': str(tmp_path / 'other')}
    assert network_of_stage(teacher) == tmp_path / 'other' / 'teacher' / 'full' / 'network.pth'
    assert network_of_stage(student) is None
    single = make_run('b', train=1.0)
    (single / 'network.pth').touch()
    assert network_of_stage(read_run(single)[0]) == single / 'network.pth'


def test_networks_of_a_run(shapes_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shapes_run.parent)
    results = read_run(shapes_run)
    config = setup_config(shapes_run / 'config.py')
    networks, reasons = run_networks(config, results)
    assert reasons == []
    assert [(one.role, one.row) for one in networks] == [
        ('before', 'S-Cls (w/o)'),
        ('after', 'S-Cls (w/)'),
        ('teacher', 'T-WDet'),
    ]
    assert [one.network.needs_proposals for one in networks] == [False, False, True]
    assert len(networks[2].classes) == 24


def test_a_network_that_does_not_load_is_named_and_the_others_are_there(shapes_run: Path, tmp_path: Path) -> None:
    run = tmp_path / 'run'
    shutil.copytree(shapes_run, run)
    (run / 'teacher' / 'network.pth').write_bytes(b'damaged')
    results = read_run(run)
    networks, reasons = run_networks(setup_config(run / 'config.py'), results)
    assert [one.role for one in networks] == ['before', 'after']
    assert len(reasons) == 1
    assert reasons[0].startswith('T-WDet is not shown: ')


def test_the_set_that_scores_are_of(shapes_run: Path) -> None:
    config = setup_config(shapes_run / 'config.py')
    found = photo_dataset_config(Recipe(config), 'student')
    assert found is not None
    assert found['split'] == 'val'
    assert 'proposal_file' not in found
    config.pop('val_dataloader')
    found = photo_dataset_config(Recipe(config), 'student')
    assert found is not None
    assert found['split'] == 'test'
    config.pop('test_dataloader')
    assert photo_dataset_config(Recipe(config), 'student') is None
