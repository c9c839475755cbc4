"""What runs were made with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.apis.runs.summaries import StageResult

#: Options of a command that differ from seed to seed.
_OF_ONE_RUN = re.compile(r'--(seed|work-dir)[ =]\S+')


def facts(results: Sequence[StageResult]) -> list[str]:
    """What the runs were made with, each in a line: config, seeds, commands (a line each), machine, versions, data."""
    summaries = list({result.run: result.summary for result in results}.values())
    lines: dict[str, list[str | None]] = {
        'config': [summary.get('config') for summary in summaries],
        'seeds': [', '.join(map(str, sorted({s['seed'] for s in summaries if s.get('seed') is not None})))],
        'command': [_command(summary) for summary in summaries],
        'machine': [_machine(summary.get('machine')) for summary in summaries],
        'versions': [
            ', '.join(f'{k} {v}' for k, v in (summary.get('versions') or {}).items()) for summary in summaries
        ],
        'commit': [summary.get('git_commit') for summary in summaries],
        'data checksum': [summary.get('data_checksum') for summary in summaries],
    }
    said = {name: list(dict.fromkeys(str(value) for value in values if value)) for name, values in lines.items()}
    # A line with two commands could not be typed.
    texts = {name: found if name == 'command' else ['; '.join(found)] for name, found in said.items() if found}
    return [f'{name}: {text}' for name, found in texts.items() for text in found]


def _command(summary: Mapping[str, Any]) -> str:
    """The command of a run, with words in the place of its seed and its folder."""
    command = ' '.join(map(_quoted, shlex.split(summary.get('command') or '')))
    command = _OF_ONE_RUN.sub(_placeholder, command)
    # Folders of other runs of the same seed: reuse.teacher=work_dirs/voc07/seed0.
    return re.sub(rf'seed{summary.get("seed")}\b', 'seedSEED', command)


def _placeholder(option: re.Match) -> str:
    return f'--{option[1]} {option[1].replace("-", "_").upper()}'


def _machine(machine: object) -> str:
    if not isinstance(machine, dict):
        return str(machine or '')
    parts = [f'{machine["cpus"]} CPU cores' if machine.get('cpus') else None, machine.get('cpu'), machine.get('gpu')]
    return ', '.join(str(part) for part in parts if part)


def _quoted(word: str) -> str:
    """A word as one would type it: ``"stages=['teacher']"``, where :mod:`shlex` has five quotes for each of these."""
    readable = "'" in word and not set(word) & set('"$`\\!')
    return f'"{word}"' if readable else shlex.quote(word)
