from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.runs.summaries import StageResult, read_run

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
