from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import stdev

import pytest

from mlkd.apis.runs.rows import statistic, table_rows
from mlkd.apis.runs.summaries import read_run
from mlkd.errors import MLKDError

MakeRun = Callable[..., Path]


def rows_of(*runs: Path, order: tuple[str, ...] = ()):
    return table_rows([result for run in runs for result in read_run(run)], order)


def test_seeds_become_one_row_with_mean_and_spread(make_run: MakeRun):
    values = [70.0, 71.0, 73.0]
    rows = rows_of(*(make_run(str(seed), seed=seed, student=value) for seed, value in enumerate(values)))
    assert [row.label for row in rows] == ['S-Cls (w/)']
    got = rows[0].statistic('mAP')
    assert got is not None
    assert (got.mean, got.std, got.n) == (pytest.approx(71.3333333), pytest.approx(stdev(values)), 3)
    assert rows[0].text('mAP') == '71.3 ± 1.5'
    assert rows[0].text('F1-C') == '69.3 ± 1.5'
    assert rows[0].text('nothing') == '-'


def test_one_seed_has_no_spread(make_run: MakeRun):
    assert rows_of(make_run('a', student=70.04))[0].text('mAP') == '70.0'


def test_rows_are_in_the_papers_order_or_the_one_that_is_asked_for(make_run: MakeRun):
    runs = [
        make_run('w', teacher=75.0, student=74.0, baseline=70.0),
        make_run('f', config='fitnets.py', top={'table_row': 'FitNets'}, student=72.0),
        make_run('x', config='x.py', top={'table_row': 'Mine'}, student=72.5),
    ]
    labels = [row.label for row in rows_of(*runs)]
    assert labels == ['S-Cls (w/o)', 'FitNets', 'S-Cls (w/)', 'Mine', 'T-WDet']
    labels = [row.label for row in rows_of(*runs, order=('T-WDet', 'Mine'))]
    assert labels == ['T-WDet', 'Mine', 'S-Cls (w/o)', 'FitNets', 'S-Cls (w/)']


def test_different_configs_with_a_row_of_one_name_are_kept_apart(make_run: MakeRun):
    rows = rows_of(make_run('a', config='a.py', student=70.0), make_run('b', config='b.py', student=80.0))
    assert [(row.label, row.text('mAP')) for row in rows] == [('S-Cls (w/) (a)', '70.0'), ('S-Cls (w/) (b)', '80.0')]


def test_different_configs_in_files_of_one_name_are_kept_apart(make_run: MakeRun):
    runs = [make_run(name, seed=n, top={'config_hash': name * 16}, student=70.0) for n, name in enumerate('ab')]
    assert [row.label for row in rows_of(*runs)] == ['S-Cls (w/) (kd, aaaaaa)', 'S-Cls (w/) (kd, bbbbbb)']


def test_of_recipes_that_share_networks_the_one_with_most_seeds_counts(make_run: MakeRun):
    whole = [read_run(make_run(f'all{seed}', seed=seed, teacher=75.0)) for seed in (0, 1)]
    rows = read_run(make_run('rows', config='rows.py', seed=0, teacher=75.0, fitnets=69.0))
    rows[0].result['network_sha256'] = whole[0][0].result['network_sha256']
    for results in ([*whole[0], *whole[1], *rows], [*rows, *whole[0], *whole[1]]):
        found = {row.label: len(row.results) for row in table_rows(results)}
        assert found == {'T-WDet': 2, 'fitnets': 1}


def test_a_network_that_recipes_share_is_counted_once(make_run: MakeRun):
    runs = [make_run('a', config='a.py', teacher=75.0), make_run('b', config='b.py', teacher=75.0)]
    for run in runs:
        summary = json.loads((run / 'summary.json').read_text())
        summary['stages']['teacher']['network_sha256'] = 'same'
        (run / 'summary.json').write_text(json.dumps(summary))
    assert [(row.label, len(row.results)) for row in rows_of(*runs)] == [('T-WDet', 1)]


def test_networks_of_folds_that_recipes_share_are_counted_once(make_run: MakeRun):
    runs = [make_run(name, top={'config_hash': name * 16}, teacher=75.0) for name in 'ab']
    for run, more in zip(runs, ({}, {'det/CorLoc': 35.0}), strict=True):
        summary = json.loads((run / 'summary.json').read_text())
        stage = summary['stages']['teacher']
        stage.pop('network_sha256', None)
        stage['parts'] = {part: {'network_sha256': f'same {part}'} for part in ('fold0', 'fold1', 'full')}
        stage['metrics'].update(more)
        (run / 'summary.json').write_text(json.dumps(summary))
    rows = rows_of(*runs)
    assert [(row.label, len(row.results)) for row in rows] == [('T-WDet', 1)]
    assert rows[0].text('CorLoc') == '35.0', 'of the one that measured more'


def test_the_same_run_twice_is_one_and_a_different_one_is_an_error(make_run: MakeRun):
    first, same, other = make_run('a', student=70.0), make_run('b', student=70.0), make_run('c', student=71.0)
    assert len(rows_of(first, same)[0].results) == 1
    with pytest.raises(MLKDError, match='measured something else') as caught:
        rows_of(first, other)
    assert caught.value.found == 'mAP 70.0 and 71.0 of S-Cls (w/), seed 0'


def test_a_stage_without_map_makes_no_row(make_run: MakeRun):
    run = make_run('a', feature=1.0, student=70.0)
    summary = json.loads((run / 'summary.json').read_text())
    for metrics in ({'top3/mAP': 3.0}, {}):
        summary['stages']['feature']['metrics'] = metrics
        (run / 'summary.json').write_text(json.dumps(summary))
        assert [row.label for row in rows_of(run)] == ['S-Cls (w/)']


def test_statistic_of_nothing_is_none():
    assert statistic([None, None]) is None
    assert str(statistic([None, 1.25])) == '1.2'
