"""Reading what runs left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlkd.apis.runs.summary_check import misfits
from mlkd.errors import DataError, near_file, some

SUMMARY = 'summary.json'
#: Folder of a run for what ``tools/test.py --out`` writes: numbers measured of its networks later.
MEASURED = 'measured'
BASELINE, TEACHER, STUDENT = 'S-Cls (w/o)', 'T-WDet', 'S-Cls (w/)'
#: What such a file adds to a stage's result.
_LATER = ('metrics', 'per_class')


@dataclass(frozen=True)
class StageResult:
    """What one stage of one run measured.

    Attributes:
        row: Its row in a table: ``'S-Cls (w/o)'``, ``'T-WDet'``, ``'S-Cls (w/)'`` or what the config says.
        stage: Its name in the recipe.
        run: The run's folder.
        summary: The whole of ``summary.json``.
        result: Of this stage in it.
        fused: Whether it was measured later, with fused views of the stage's network.
    """

    row: str
    stage: str
    run: Path
    summary: dict[str, Any]
    result: dict[str, Any]
    fused: bool = False

    @property
    def seed(self) -> int | None:
        """The run's seed."""
        return self.summary.get('seed')

    @property
    def config(self) -> str:
        """Name of the config file, without its ending."""
        return Path(self.summary.get('config') or self.run.name).stem

    @property
    def config_key(self) -> tuple[str, str]:
        """The same for runs that differ in their seed alone."""
        return self.config, str(self.summary.get('config_hash'))

    @property
    def tested_on(self) -> tuple[str, int] | None:
        """Checksum and number of the images that it was measured on; None where the run did not write them down."""
        data = self.result.get('data') or {}
        images = data.get('test') or data.get('val')
        return (images['sha256'], images['images']) if images else None

    @property
    def networks(self) -> tuple[str, ...]:
        """What it left, the same for a result that another run took over: checksums of its networks, or the run."""
        parts = (self.result.get('parts') or {}).values()
        named = [one.get('network_sha256') for one in parts] or [self.result.get('network_sha256')]
        return tuple(map(str, named)) if all(named) else (str(self.run), self.stage)

    def number(self, key: str) -> float | None:
        """A metric by its name, with or without a metric's prefix before it; None where it was not measured."""
        metrics = self.result.get('metrics') or {}
        names = [key, *(name for name in metrics if name.partition('/')[2] == key and not name.startswith('top'))]
        values = [metrics[name] for name in names if isinstance(metrics.get(name), (int, float))]
        return float(values[0]) if values else None

    def average_precision(self) -> dict[str, tuple[float, int]]:
        """AP in percent and positive test images by class; empty where the run did not write them down."""
        classes = (self.result.get('per_class') or {}).get('classes') or []
        return {row['name']: (row['AP'], row['positives']) for row in classes if row.get('AP') is not None}


def _no_summary(path: Path, expected: str, fix: str) -> DataError:
    """What is missing, and what the folder holds in its place: stages of a run that goes on, or runs."""
    found, folder = None, path.parent
    if not folder.exists():
        found, fix = 'no such folder', near_file(folder)
    elif not folder.is_dir():
        found, fix = 'a file', f'name the folder that holds it: {folder.parent}'
    elif (folder.parent / SUMMARY).is_file():
        found, fix = 'a folder of a run', f'name the run: {folder.parent}'
    elif runs := sorted(p.parent.name for p in path.parent.glob(f'*/{SUMMARY}')):
        found, fix = f'runs: {some(runs)}', f'name the runs themselves: {path.parent / runs[0]} ...'
    elif stages := sorted(p.parent.name for p in path.parent.glob('*/result.json')):
        found, fix = f'stages that are done: {some(stages)}', 'finish the run: train with --resume'
    return DataError('There is no summary of a run.', where=path, found=found, expected=expected, fix=fix)


def read_run(work_dir: str | Path) -> list[StageResult]:
    """Results of all stages of a run, and what was measured of their networks later.

    A file in the folder :data:`MEASURED` of the run belongs to the stage whose network it names by its checksum, and
    adds the numbers that the stage does not have; what was measured with fused views is a result of its own.

    Args:
        work_dir: The folder that holds ``summary.json``.

    Raises:
        DataError: If it is missing or no summary of a run, or a file of later measures is none.
    """
    path = Path(work_dir) / SUMMARY
    expected, fix = 'the summary that a training leaves when it is done', 'name the work folder of a finished run'
    if not path.is_file():
        raise _no_summary(path, expected, fix)
    try:
        summary = _loads(path)
    except ValueError as error:
        found = f'{type(error).__name__}: {error}'
        raise DataError('A summary cannot be read.', where=path, found=found, expected=expected, fix=fix) from error
    if wrong := list(misfits(summary)):
        fix = 'take it from a copy of the run, or train with --resume, which writes it anew'
        raise DataError('This is no summary of a run.', where=path, found=some(wrong), expected=expected, fix=fix)
    later = _measured_later(path.parent)
    results = []
    for name, stage in summary['stages'].items():
        row, (plain, fused) = _row(summary, name), _with_later(dict(stage), later)
        results.append(StageResult(row, name, path.parent, summary, plain))
        if fused:
            results.append(StageResult(f'{row}, views fused', name, path.parent, summary, fused, fused=True))
    return results


def _loads(path: Path) -> Any:
    """Content of a JSON file; NaN and infinity, which Python's writer has and JSON has not, are no numbers."""
    return json.loads(path.read_text(encoding='utf-8'), parse_constant=lambda _: None)


def _measured_later(folder: Path) -> list[dict[str, Any]]:
    """What ``tools/test.py`` wrote into the run's folder :data:`MEASURED`, in order of the files' names."""
    contents = []
    for path in sorted((folder / MEASURED).glob('*.json')):
        try:
            content = _loads(path)
            kept = {key: content[key] for key in (*_LATER, 'checkpoint_sha256')}
            if wrong := list(misfits({'stages': {'measured': kept}})):
                raise ValueError(some(wrong))
            contents.append({**kept, 'tta': content.get('tta', False)})
        except (ValueError, KeyError, TypeError) as error:
            found, fix = f'{type(error).__name__}: {error}', 'take it out of the folder'
            expected = 'what tools/test.py --out writes'
            raise DataError('A measure cannot be read.', where=path, found=found, expected=expected, fix=fix) from error
    return contents


def _with_later(stage: dict[str, Any], later: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A stage's result with the numbers that were measured of its network later; those of fused views, maybe none."""
    networks = {stage.get('network_sha256'), ((stage.get('parts') or {}).get('full') or {}).get('network_sha256')}
    fused: dict[str, Any] = {}
    for measured in later:
        if measured['checkpoint_sha256'] in networks:
            taker = fused if measured['tta'] else stage
            for key in _LATER:
                taker[key] = {**(measured[key] or {}), **(taker.get(key) or {})}
    return stage, fused


def _row(summary: dict[str, Any], stage: str) -> str:
    own = summary['stages'][stage].get('table_row')
    if own:
        return str(own)
    if stage == summary.get('student_stage', 'student'):
        return str(summary.get('table_row') or STUDENT)
    return {'teacher': TEACHER, 'baseline': BASELINE}.get(stage, stage)
