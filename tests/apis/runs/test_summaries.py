from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.rows import table_rows
from mlkd.apis.runs.summaries import read_run
from mlkd.errors import DataError
from mlkd.fileio import write_json

MakeRun = Callable[..., Path]


def rows_of(*runs: Path, order: tuple[str, ...] = ()):
    return table_rows([result for run in runs for result in read_run(run)], order)


def test_stages_are_named_as_in_the_paper(make_run: MakeRun):
    run = make_run('a', teacher=75.0, feature=10.0, student=70.0, baseline=68.0)
    assert {result.stage: result.row for result in read_run(run)} == {
        'teacher': 'T-WDet',
        'feature': 'feature',
        'student': 'S-Cls (w/)',
        'baseline': 'S-Cls (w/o)',
    }


def test_a_config_names_the_row_of_its_student(make_run: MakeRun):
    run = make_run('a', top={'table_row': 'FitNets', 'student_stage': 'final'}, final=70.0, baseline=60.0)
    assert [result.row for result in read_run(run)] == ['FitNets', 'S-Cls (w/o)']


def test_a_metric_with_a_prefix_is_found(make_run: MakeRun):
    run = make_run('a', student=70.0)
    summary = json.loads((run / 'summary.json').read_text())
    summary['stages']['student']['metrics'] = {'voc/mAP': 50.0, 'voc/top3/OF1': 40.0}
    (run / 'summary.json').write_text(json.dumps(summary))
    result = read_run(run)[0]
    assert (result.number('mAP'), result.number('top3/OF1'), result.number('OF1')) == (50.0, 40.0, None)


def test_a_missing_summary_says_what_is_done(tmp_path: Path):
    (tmp_path / 'teacher').mkdir()
    (tmp_path / 'teacher' / 'result.json').write_text('{}')
    with pytest.raises(DataError, match='no summary') as caught:
        read_run(tmp_path)
    assert caught.value.where == tmp_path / 'summary.json'
    assert caught.value.found == 'stages that are done: teacher'
    assert '--resume' in caught.value.fix


def test_a_folder_of_runs_names_them(tmp_path: Path):
    for name in ('seed1', 'seed0'):
        (tmp_path / name).mkdir()
        for file in ('summary.json', 'result.json'):
            (tmp_path / name / file).write_text('{}')
    with pytest.raises(DataError, match='no summary') as caught:
        read_run(tmp_path)
    assert caught.value.found == 'runs: seed0, seed1'
    assert str(tmp_path / 'seed0') in caught.value.fix


def test_what_is_named_in_the_place_of_a_run_says_what_to_name(make_run: MakeRun, tmp_path: Path):
    run = make_run('run', student=70.0)
    (run / 'student').mkdir()
    for wrong, found, fix in (
        (run / 'summary.json', 'a file', f'name the folder that holds it: {run}'),
        (run / 'student', 'a folder of a run', f'name the run: {run}'),
        (tmp_path / 'rnu', 'no such folder', 'did you mean run?'),
    ):
        with pytest.raises(DataError, match='no summary') as caught:
            read_run(wrong)
        assert (caught.value.found, caught.value.fix) == (found, fix)


@pytest.mark.parametrize('text', ['{"stages": {"a"', '', '{}', '[1]', '{"stages": {"a": 3}}'])
def test_a_file_that_is_no_summary_is_an_error(tmp_path: Path, text: str):
    (tmp_path / 'summary.json').write_text(text)
    with pytest.raises(DataError, match=r'cannot be read|no summary') as caught:
        read_run(tmp_path)
    assert caught.value.where == tmp_path / 'summary.json'


def test_a_summary_with_another_kind_of_value_names_it(make_run: MakeRun):
    run = make_run('a', student=70.0)
    text = (run / 'summary.json').read_text().replace('"seconds": 100.0', '"seconds": "long"')
    (run / 'summary.json').write_text(text)
    with pytest.raises(DataError, match='no summary of a run') as caught:
        read_run(run)
    assert caught.value.found == 'stages.student.seconds: text'


def test_what_is_no_number_in_a_summary_was_not_measured(make_run: MakeRun):
    run = make_run('a', student=float('nan'), baseline=68.0)
    assert 'NaN' in (run / 'summary.json').read_text()
    assert [row.label for row in rows_of(run)] == ['S-Cls (w/o)']


def measure(run: Path, network: str, name: str = 'boxes.json', tta: bool = False, **metrics: float) -> None:
    content = {'metrics': metrics, 'per_class': {'det': {}}, 'checkpoint_sha256': network, 'tta': tta}
    write_json(run / 'measured' / name, content)


def test_what_was_measured_later_is_added_to_the_network_it_belongs_to(make_run: MakeRun):
    run = make_run('a', teacher=75.0, student=70.0)
    measure(run, 'kd.py/teacher/0/75.0', **{'mAP': 1.0, 'det/mAP50': 20.0})
    teacher, student = read_run(run)
    assert (teacher.number('mAP'), teacher.number('det/mAP50')) == (75.0, 20.0)
    assert teacher.result['per_class'].keys() == {'images', 'left_out', 'classes', 'det'}
    assert student.number('det/mAP50') is None


def test_fused_views_are_a_row_of_their_own(make_run: MakeRun):
    run = make_run('a', teacher=75.0, student=70.0)
    measure(run, 'kd.py/teacher/0/75.0', **{'det/mAP50': 20.0})
    measure(run, 'kd.py/teacher/0/75.0', 'fused.json', tta=True, **{'mAP': 76.0, 'det/mAP50': 22.0})
    teacher, fused, student = read_run(run)
    assert [result.row for result in (teacher, fused, student)] == ['T-WDet', 'T-WDet, views fused', 'S-Cls (w/)']
    assert (teacher.number('det/mAP50'), teacher.number('mAP')) == (20.0, 75.0)
    assert (fused.number('det/mAP50'), fused.number('mAP')) == (22.0, 76.0)
    assert [row.label for row in rows_of(run)] == ['S-Cls (w/)', 'T-WDet', 'T-WDet, views fused']


def test_of_a_stage_with_folds_it_is_the_network_of_all_images(make_run: MakeRun):
    run = make_run('a', teacher=75.0)
    summary = json.loads((run / 'summary.json').read_text())
    network = summary['stages']['teacher'].pop('network_sha256')
    summary['stages']['teacher']['parts'] = {'fold0': {'network_sha256': 'x'}, 'full': {'network_sha256': network}}
    write_json(run / 'summary.json', summary)
    measure(run, network, **{'det/mAP50': 20.0})
    assert read_run(run)[0].number('det/mAP50') == 20.0


def test_a_run_that_measured_more_of_the_same_network_is_the_one_that_counts(make_run: MakeRun):
    plain, more = (make_run(name, teacher=75.0) for name in 'ab')
    measure(more, 'kd.py/teacher/0/75.0', **{'det/mAP50': 20.0})
    for runs in ((plain, more), (more, plain)):
        (row,) = rows_of(*runs)
        assert (len(row.results), row.text('det/mAP50')) == (1, '20.0')


def test_a_measure_that_is_none_is_an_error(make_run: MakeRun):
    run = make_run('a', teacher=75.0)
    write_json(run / 'measured' / 'boxes.json', {'metrics': {}})
    with pytest.raises(DataError, match='measure cannot be read') as caught:
        read_run(run)
    assert caught.value.where == run / 'measured' / 'boxes.json'
    measure(run, 'x', **{'det/mAP50': 'high'})
    with pytest.raises(DataError, match=r'metrics\.det/mAP50: text'):
        read_run(run)
