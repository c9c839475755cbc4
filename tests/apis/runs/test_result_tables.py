from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.result_tables import (
    class_gains,
    comparison_table,
    cost_table,
    epoch_table,
    left_out_classes,
    other_images_note,
    overall_table,
)
from mlkd.apis.runs.rows import Row, table_rows
from mlkd.apis.runs.summaries import StageResult, read_run
from mlkd.fileio import write_json

MakeRun = Callable[..., Path]


@pytest.fixture
def rows(results: list[StageResult]) -> list[Row]:
    return table_rows(results)


def test_comparison_has_the_columns_of_the_paper_and_the_gain_of_equal_seeds(rows: list[Row]):
    table = comparison_table(rows, 'percent')
    assert table.columns == (
        'method',
        'mAP',
        'F1-C all',
        'F1-O all',
        'F1-C top3',
        'F1-O top3',
        'gain in mAP',
        'seeds',
    )
    # The fixture makes each metric a point lower than the one before: mAP, CF1, F1-C, OF1, top3/F1-C, top3/OF1.
    assert table.rows[0] == (
        'S-Cls (w/o)',
        '68.5 ± 0.7',
        '66.5 ± 0.7',
        '65.5 ± 0.7',
        '64.5 ± 0.7',
        '63.5 ± 0.7',
        '-',
        '2',
    )
    assert table.rows[1][0] == 'S-Cls (w/)'
    assert table.rows[1][6] == '+3.0 ± 1.4'
    assert table.rows[2][:3] == ('T-WDet', '75.5 ± 0.7', '-')
    assert table.best == 1


def test_gain_of_other_seeds_is_that_of_the_means(make_run: MakeRun):
    runs = [make_run('a', seed=0, baseline=60.0), make_run('b', seed=5, config='b.py', student=58.0)]
    rows = table_rows([result for run in runs for result in read_run(run)])
    assert comparison_table(rows, '').rows[1][6] == '-2.0'


def test_gain_over_a_baseline_that_its_config_calls_otherwise(make_run: MakeRun) -> None:
    run = make_run('s0', seed=0, baseline=68.0, student=70.5)
    path = run / 'summary.json'
    summary = json.loads(path.read_text())
    summary['stages']['baseline']['table_row'] = 'GAP'
    write_json(path, summary)
    table = comparison_table(table_rows(read_run(run)), 'percent')
    assert {row[0]: row[-2] for row in table.rows} == {'GAP': '-', 'S-Cls (w/)': '+2.5'}


def test_overall_is_without_teacher_with(rows: list[Row]):
    table = overall_table(rows, '')
    assert table is not None
    assert table.columns[1:] == ('S-Cls (w/o)', 'T-WDet', 'S-Cls (w/)')
    assert table.rows == (('mAP', '68.5 ± 0.7', '75.5 ± 0.7', '71.5 ± 2.1'),)
    assert overall_table(rows[:2], '') is None


def test_gains_per_class_are_means_over_seeds_without_classes_that_were_not_measured(rows: list[Row]):
    assert class_gains(rows) == {'cat': (pytest.approx(3.0), 30), 'dog': (pytest.approx(3.0), 1200)}
    assert class_gains(rows[1:]) == {}


def test_cost_is_a_mean_over_runs(results: list[StageResult]):
    table = cost_table(results, '')
    # Means of an even number of halves round to even: 100 and 101 seconds.
    assert table.rows[0] == ('teacher', '100', '50', '900', '-', '1,000', '2')
    assert [row[0] for row in table.rows] == ['teacher', 'student', 'baseline']


def test_a_stage_that_another_run_took_over_is_one_run(make_run: MakeRun) -> None:
    first, other = (read_run(make_run(f's{seed}', seed=seed, teacher=75.0)) for seed in (0, 1))
    assert cost_table([*first, *other], '').rows[0][-1] == '2'
    for result in (*first, *other):
        result.result['network_sha256'] = 'same'
    assert cost_table([*first, *other], '').rows[0][-1] == '1'


def test_classes_that_were_left_out_are_named_once(results: list[StageResult]):
    assert left_out_classes(results) == ['emu']


def test_epochs_have_the_last_the_best_and_what_is_watched(make_run: MakeRun) -> None:
    runs = [make_run(f's{seed}', seed=seed, student=70.0, baseline=68.0) for seed in (0, 1)]
    for seed, run in enumerate(runs):
        content = json.loads((run / 'summary.json').read_text())
        content['stages']['student']['epochs_measured'] = {
            'select_by': 'mAP',
            'last': {'epoch': 6, 'metrics': {'mAP': 70.0 + seed}},
            'best': {'epoch': 4 + seed, 'metrics': {'mAP': 71.0 + seed}},
            'logged': {
                'patches.fallback': {'first': 0.5, 'last': 0.25},
                'patches.loss_consistency': {'first': 0.2, 'last': 0.1},
                'loss': {'first': 1.0, 'last': 0.5},
            },
        }
        write_json(run / 'summary.json', content)
    rows = table_rows([result for run in runs for result in read_run(run)])
    table = epoch_table(rows, '')
    assert table is not None
    row = ('S-Cls (w/)', '70.5 ± 0.7', '71.5 ± 0.7', '4.5 ± 0.7', '50.0 → 25.0', '-', '0.200 → 0.100')
    assert table.rows == (row,)
    assert epoch_table([one for one in rows if one.label != 'S-Cls (w/)'], '') is None


def with_images(run: Path, sha256: str, images: int) -> Path:
    summary = json.loads((run / 'summary.json').read_text())
    for stage in summary['stages'].values():
        stage['data'] = {'test': {'sha256': sha256, 'images': images}}
    write_json(run / 'summary.json', summary)
    return run


@pytest.mark.parametrize('other', ['voc', 'coco'])
def test_rows_of_other_images_are_not_compared(make_run: MakeRun, other: str) -> None:
    """A student without a teacher on one data set, one with a teacher on another."""
    runs = [
        with_images(make_run('a', config='a.py', baseline=60.0), 'voc', 4952),
        with_images(make_run('b', config='b.py', student=70.0, teacher=75.0), other, 4952 if other == 'voc' else 40137),
    ]
    rows = table_rows([result for run in runs for result in read_run(run)])
    same = other == 'voc'
    assert [row[6] for row in comparison_table(rows, '').rows] == (['-', '+10.0', '+15.0'] if same else ['-'] * 3)
    assert (overall_table(rows, '') is not None) is same
    assert bool(class_gains(rows)) is same
    note = 'S-Cls (w/o): 4,952 images; S-Cls (w/), T-WDet: 40,137 images.'
    said = f'Not tested on the same images, and not to be compared: {note}'
    assert other_images_note(rows) == (None if same else said)
