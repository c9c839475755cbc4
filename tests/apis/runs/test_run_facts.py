from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from mlkd.apis.runs.run_facts import facts
from mlkd.apis.runs.summaries import StageResult

MakeRun = Callable[..., Path]


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


def test_a_command_is_quoted_as_one_would_type_it(results: list[StageResult]):
    words = ['tools/train.py', 'my kd.py', "stages=['teacher','student']", 'it\'s "$x"', 'lr=1e-3']
    results[0].summary['command'] = shlex.join(words)
    said = next(line for line in facts(results[:1]) if line.startswith('command')).removeprefix('command: ')
    assert said.startswith("tools/train.py 'my kd.py' \"stages=['teacher','student']\" ")
    assert shlex.split(said) == words
