from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mlkd.apis.runs.box_tables import CAM_COLUMNS, box_table
from mlkd.apis.runs.rows import table_rows
from mlkd.apis.runs.summaries import read_run
from mlkd.fileio import write_json

MakeRun = Callable[..., Path]


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
