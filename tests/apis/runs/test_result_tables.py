from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.result_tables import (
    CAM_COLUMNS,
    box_table,
    class_gains,
    comparison_table,
    cost_table,
    epoch_table,
    facts,
    left_out_classes,
    overall_table,
)
from mlkd.apis.runs.summaries import Row, StageResult, read_run, table_rows
from mlkd.fileio import write_json

MakeRun = Callable[..., Path]


@pytest.fixture
def results(make_run: MakeRun) -> list[StageResult]:
    def top(seed: int) -> dict:
        command = f'tools/train.py kd.py --seed {seed} --work-dir=w/s{seed}'
        return {'machine': {'cpus': 2, 'gpu': None}, 'command': command}

    runs = [
        make_run('s0', seed=0, top=top(0), teacher=75.0, student=70.0, baseline=68.0),
        make_run('s1', seed=1, top=top(1), teacher=76.0, student=73.0, baseline=69.0),
    ]
    return [result for run in runs for result in read_run(run)]


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


def test_facts_say_each_thing_once(results: list[StageResult]):
    assert facts(results) == [
        'config: kd.py',
        'seeds: 0, 1',
        'command: tools/train.py kd.py --seed SEED --work-dir WORK_DIR',
        'machine: 2 CPU cores',
        'versions: torch 2',
        'commit: abc',
        'data checksum: def',
    ]


def test_each_command_has_a_line_and_names_no_seed(results: list[StageResult]):
    first, second = results[0].summary, results[-1].summary
    first['command'] = f'tools/train.py kd.py --seed {first["seed"]} --cfg-options reuse.a=w/seed{first["seed"]}'
    second['command'] = f'tools/train.py kd.py --seed {second["seed"]} --cfg-options reuse.a=w/seed{second["seed"]}'
    said = [line for line in facts(results) if line.startswith('command')]
    assert said == ['command: tools/train.py kd.py --seed SEED --cfg-options reuse.a=w/seedSEED']
    second['command'] = 'tools/train.py other.py'
    said = [line for line in facts(results) if line.startswith('command')]
    assert said[1:] == ['command: tools/train.py other.py']


def test_classes_that_were_left_out_are_named_once(results: list[StageResult]):
    assert left_out_classes(results) == ['emu']


def test_boxes_measured_later_and_their_floors_have_a_table(make_run: MakeRun) -> None:
    runs = [make_run(f's{seed}', seed=seed, teacher=75.0 + seed, student=70.0) for seed in (0, 1)]
    plain = table_rows([result for run in runs for result in read_run(run)])
    assert box_table(plain, '') is None
    for seed, run in enumerate(runs):
        numbers = {'det/mAP50': 20.0 + seed, 'corloc/CorLoc': 30.0, 'det_image/mAP50': 5.0, 'mAP': 1.0}
        measured = {'metrics': numbers, 'per_class': None, 'checkpoint_sha256': f'kd.py/teacher/{seed}/{75.0 + seed}'}
        write_json(run / 'measured' / 'boxes.json', measured)
    table = box_table(table_rows([result for run in runs for result in read_run(run)]), 'boxes')
    assert table is not None
    assert table.columns == ('boxes', 'mAP of labels', 'VOC mAP', 'CorLoc')
    assert table.rows == (
        ('T-WDet', '75.5 ± 0.7', '20.5 ± 0.7', '30.0 ± 0.0'),
        ('the whole image, scored by T-WDet', '-', '5.0 ± 0.0', '-'),
    )


def test_class_maps_have_a_table_of_their_own(make_run: MakeRun) -> None:
    run = make_run('s0', seed=0, teacher=75.0, baseline=68.0)
    content = json.loads((run / 'summary.json').read_text())
    metrics = content['stages']['baseline']['metrics']
    metrics.update({'cam/pointing': 60.0, 'cam/CorLoc': 20.0, 'cam_image/pointing': 50.0, 'seg/mIoU': 30.0})
    write_json(run / 'summary.json', content)
    rows = table_rows(read_run(run))
    assert box_table(rows, '') is None
    table = box_table(rows, '', CAM_COLUMNS)
    assert table is not None
    assert table.columns == ('class maps', 'mAP of labels', 'pointing', 'CorLoc of CAM boxes', 'mIoU')
    assert table.rows == (
        ('S-Cls (w/o)', '68.0', '60.0', '20.0', '30.0'),
        ('the whole image, scored by S-Cls (w/o)', '-', '50.0', '-', '-'),
    )


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
