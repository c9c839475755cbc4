from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlkd.apis.runs.summary_check import misfits

MakeRun = Callable[..., Path]


def content(make_run: MakeRun) -> dict[str, Any]:
    return json.loads((make_run('a', student=70.0).joinpath('summary.json')).read_text())


def test_a_run_is_a_summary_also_without_what_it_did_not_measure(make_run: MakeRun):
    whole = content(make_run)
    assert list(misfits(whole)) == []
    whole['stages']['student'] |= dict.fromkeys(('metrics', 'per_class', 'seconds'))
    assert list(misfits({'stages': whole['stages'], 'config': None})) == []


@pytest.mark.parametrize(
    ('place', 'value', 'said'),
    [
        ('config', 5, 'config: a number'),
        ('seed', 'a', 'seed: text'),
        ('seed', True, 'seed: true or false'),
        ('stages.student', None, 'stages.student: null'),
        ('stages.student.metrics', [70.0], 'stages.student.metrics: a list'),
        ('stages.student.metrics.mAP', '70', 'stages.student.metrics.mAP: text'),
        ('stages.student.seconds', 'long', 'stages.student.seconds: text'),
        ('stages.student.peak_memory_mib', 5, 'stages.student.peak_memory_mib: a number'),
        ('stages.student.peak_memory_mib.rss', '5', 'stages.student.peak_memory_mib.rss: text'),
        ('stages.student.per_class', 'x', 'stages.student.per_class: text'),
        ('stages.student.per_class.classes', {}, 'stages.student.per_class.classes: an object'),
        ('stages.student.per_class.classes.1', {'AP': 3.0}, 'stages.student.per_class.classes.1: no name'),
        ('stages.student.per_class.classes.1.positives', None, 'stages.student.per_class.classes.1: no positives'),
        ('stages.student.per_class.classes.1.AP', '3', 'stages.student.per_class.classes.1.AP: text'),
    ],
)
def test_what_is_of_another_kind_is_named(make_run: MakeRun, place: str, value: object, said: str):
    summary = node = content(make_run)
    *way, last = (int(part) if part.isdigit() else part for part in place.split('.'))
    for part in way:
        node = node[part]
    node[last] = value
    assert list(misfits(summary)) == [said]


@pytest.mark.parametrize(('summary', 'said'), [({}, 'no stages'), ({'stages': []}, 'no stages'), ([], 'a list')])
def test_what_is_no_summary_at_all(summary: object, said: str):
    assert list(misfits(summary)) == [said]
