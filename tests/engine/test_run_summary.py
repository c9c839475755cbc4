"""What stands in the summary of a run, and what is left beside it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mmengine.config import Config

from mlkd.engine import run_summary as module
from mlkd.engine.environment import machine, versions
from mlkd.engine.hashing import config_hash, recipe_hash
from mlkd.engine.recipe import Recipe
from mlkd.engine.run_summary import run_summary, write_run
from mlkd.engine.stage_output import StageOutput

CONFIG: dict[str, Any] = {
    'stages': ['teacher', 'student'],
    'teacher': {'model': {'type': 'Net', 'width': 3}},
    'student': {'model': {'type': 'Net'}},
    'table_row': 'S-Cls (w/)',
    'randomness': {'seed': 1},
}
RESULTS = {'teacher': {'data': {'test': 'abc'}, 'metrics': {'mAP': 70.0}}, 'student': {'data': {'test': 'def'}}}
PARTITIONS: Any = SimpleNamespace(summary=lambda: {'cgp': {'parts': 5}})


def recipe(tmp_path: Path, **changes: Any) -> Recipe:
    path = tmp_path / 'kd.py'
    path.write_text('')
    return Recipe(Config({**CONFIG, **changes}, filename=str(path)))


def test_what_a_run_was_made_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'argv', ['mlkd', 'train', 'my config.py', '--seed', '3'])
    monkeypatch.setattr(module, 'git_commit', lambda: 'c0ffee')
    made = recipe(tmp_path, reuse={'teacher': str(tmp_path / 'other')})
    summary = run_summary(made, 3, PARTITIONS, RESULTS)
    assert summary == {
        'config': 'kd.py',
        'config_hash': recipe_hash(made.whole),
        'data_checksum': config_hash([{'test': 'abc'}, {'test': 'def'}]),
        'seed': 3,
        'versions': versions(),
        'git_commit': 'c0ffee',
        'machine': machine(),
        'command': "mlkd train 'my config.py' --seed 3",
        'table_row': 'S-Cls (w/)',
        'student_stage': 'student',
        'partitions': {'cgp': {'parts': 5}},
        'reused': {'teacher': str((tmp_path / 'other').resolve())},
        'stages': RESULTS,
    }
    json.dumps(summary)


def test_what_makes_runs_alike(tmp_path: Path) -> None:
    """The hash is the same for all seeds, rows and choices of stages, the checksum for the same data."""
    first = run_summary(recipe(tmp_path), 0, PARTITIONS, RESULTS)
    other = run_summary(recipe(tmp_path, randomness={'seed': 2}, table_row='x'), 2, PARTITIONS, RESULTS)
    assert first['config_hash'] == other['config_hash']
    assert first['data_checksum'] == other['data_checksum']
    chosen = recipe(tmp_path, stages=['teacher'], student_stage='teacher')
    assert run_summary(chosen, 0, PARTITIONS, RESULTS)['config_hash'] == first['config_hash']
    wider = {'model': {'type': 'Net', 'width': 4}}
    assert run_summary(recipe(tmp_path, teacher=wider), 0, PARTITIONS, RESULTS)['config_hash'] != first['config_hash']
    results = {**RESULTS, 'student': {'data': {'test': 'xyz'}}}
    assert run_summary(recipe(tmp_path), 0, PARTITIONS, results)['data_checksum'] != first['data_checksum']


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the student was published from."""
    told: list[tuple[Any, ...]] = []

    def publish(*arguments: Any) -> None:
        # Whoever publishes again finds all of the run.
        assert (arguments[-1] / 'summary.json').is_file()
        told.append(arguments)

    monkeypatch.setattr(module, 'publish_student', publish)
    return told


def test_the_student_stands_alone(tmp_path: Path, published: list) -> None:
    network = tmp_path / 'run' / 'student' / 'network.pth'
    network.parent.mkdir(parents=True)
    network.write_bytes(b'tensors')
    made, work_dir = recipe(tmp_path), tmp_path / 'run'
    outputs = {'teacher': StageOutput('elsewhere.pth'), 'student': StageOutput(str(network))}
    write_run(made, work_dir, {'seed': 3}, outputs)
    assert (work_dir / 'student.pth').read_bytes() == b'tensors'
    assert json.loads((work_dir / 'summary.json').read_text()) == {'seed': 3}
    assert published == [(made, network.parent, {'seed': 3}, work_dir)]


@pytest.mark.parametrize('outputs', [{}, {'teacher': StageOutput('x.pth')}, {'student': StageOutput(None, ('a.pth',))}])
def test_without_a_student_there_is_a_summary(tmp_path: Path, published: list, outputs: dict) -> None:
    """Before its stage is done, or where folds alone were trained."""
    write_run(recipe(tmp_path), tmp_path / 'run', {'seed': 3}, outputs)
    assert [path.name for path in (tmp_path / 'run').iterdir()] == ['summary.json']
    assert published == []


def test_a_student_that_is_gone_leaves_what_was_there(tmp_path: Path, published: list) -> None:
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'student.pth').write_bytes(b'of before')
    with pytest.raises(FileNotFoundError):
        write_run(recipe(tmp_path), tmp_path / 'run', {}, {'student': StageOutput(str(tmp_path / 'none.pth'))})
    assert [path.name for path in (tmp_path / 'run').iterdir()] == ['student.pth']
    assert (tmp_path / 'run' / 'student.pth').read_bytes() == b'of before'
