"""The index of networks, from made-up runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from network_toy import write_toy_run

from mlkd.apis.cli import main_of
from mlkd.apis.runs.zoo_facts import read_measured
from mlkd.errors import DataError
from mlkd.fileio import write_json

MakeRun = Callable[..., Path]


def cells(page: str, network: str) -> dict[str, str]:
    """A row of the page's tables by the heads of its columns."""
    lines = [
        [cell.strip() for cell in line.strip('|').split('|')] for line in page.splitlines() if line.startswith('|')
    ]
    heads = next(line for line in lines if line[0] == 'network')
    return dict(zip(heads, next(line for line in lines if line[0] == network), strict=True))


def zoo(*arguments: str | Path) -> int:
    return main_of('zoo', [str(argument) for argument in arguments])


def timing(network: str, name: str, speed: float) -> dict:
    return {'name': name, 'network_sha256': network, 'images_per_second': {'1': speed, '16': 9.0}, 'bytes': 1_500_000}


def test_seeds_are_put_together_and_measures_found(make_run: MakeRun, tmp_path: Path) -> None:
    runs = [make_run(f'kd_{seed}', seed=seed, teacher=75.0, student=70.0 + seed) for seed in (1, 0)]
    rows = [
        timing('kd.py/teacher/0/75.0', 'teacher, PyTorch, proposals given', 3.0),
        timing('kd.py/teacher/0/75.0', 'teacher, PyTorch, proposals made', 1.0),
        timing('kd.py/student/0/70.0', 'student, PyTorch', 40.0),
        timing('kd.py/student/0/70.0', 'student, ONNX Runtime', 100.0),
        timing('of another network', 'student, ONNX Runtime', 7.0),
    ]
    write_json(runs[1] / 'student.onnx.json', {'timing': rows})
    int8 = timing('kd.py/student/1/71.0', 'student, ONNX Runtime, INT8', 200.0)
    write_json(runs[0] / 'student.int8.onnx.json', {'timing': [int8]})
    assert zoo(*runs, runs[0], '--out', tmp_path / 'docs' / 'zoo.md') == 0
    page = (tmp_path / 'docs' / 'zoo.md').read_text()
    assert '## kd\n' in page
    row = cells(page, 'S-Cls (w/)')
    assert (row['mAP'], row['F1-C'], row['F1-O'], row['seeds']) == ('70.5 ± 0.7', '68.5 ± 0.7', '67.5 ± 0.7', '0, 1')
    assert (row['images/s, PyTorch'], row['ONNX Runtime'], row['INT8']) == ('40.0', '100.0', '200.0')
    assert row['file (MB)'] == '1.50'
    # There is no config in these folders.
    assert (row['data'], row['parameters (M)']) == ('1,240 images', '-')
    assert cells(page, 'T-WDet')['images/s, PyTorch'] == '3.0'
    assert '- commit: abc' in page


def test_counts_are_those_of_the_config_in_the_folder(tmp_path: Path) -> None:
    steps = [
        {'type': 'LoadImage'},
        {'type': 'TopProposals', 'n': 7},
        {'type': 'Warp', 'size': 64},
        {'type': 'PackMultiLabel'},
    ]
    run = write_toy_run(tmp_path / 'run', f"dict(type='ColouredPatches', pipeline={steps})")
    assert zoo(run, '--out', tmp_path / 'zoo.md') == 0
    page = (tmp_path / 'zoo.md').read_text()
    student, teacher = cells(page, 'S-Cls (w/)'), cells(page, 'T-WDet')
    assert student['data'].startswith('ColouredPatches')
    # MobileNet 0.25, 41 million at 224 (Howard et al.), and a linear layer of 256 x 3.
    assert float(student['multiply-adds (M)']) == pytest.approx(41 * (64 / 224) ** 2, abs=0.6)
    assert (student['parameters (M)'], student['view']) == ('0.21', '64 x 64')
    assert teacher['view'] == '64 x 64, 7 proposals'


def test_bad_folders(make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert zoo(tmp_path, '--out', tmp_path / 'zoo.md') == 1
    assert 'no summary of a run' in capsys.readouterr().err
    assert not (tmp_path / 'zoo.md').exists()
    run = make_run('a', student=70.0)
    (run / 'student.onnx.json').write_text(json.dumps({'timing': [{'name': 'x'}]}))
    with pytest.raises(DataError, match='cannot be read'):
        read_measured(run)


def test_runs_without_map(make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run('a', student=70.0)
    summary = json.loads((run / 'summary.json').read_text())
    summary['stages']['student']['metrics'] = {}
    write_json(run / 'summary.json', summary)
    assert zoo(run, '--out', tmp_path / 'zoo.md') == 1
    assert 'None of the runs measured mAP' in capsys.readouterr().err
