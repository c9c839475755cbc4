"""Reading what runs left, and putting runs of several seeds and configs into the rows of a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from mlkd.errors import DataError, MLKDError

SUMMARY = 'summary.json'
#: Folder of a run for what ``tools/test.py --out`` writes: numbers measured of its networks later.
MEASURED = 'measured'
BASELINE, TEACHER, STUDENT = 'S-Cls (w/o)', 'T-WDet', 'S-Cls (w/)'
#: What such a file adds to a stage's result.
_LATER = ('metrics', 'per_class')
#: Rows of the paper's Tables 1 and 4 in their order; what is not among them comes after, the teacher last.
_ORDER = (
    BASELINE,
    '+Distillation',
    'FitNets',
    'Attention transfer',
    '+Class-aware distillation',
    '+NMS proposals transfer + Class-aware transfer',
    STUDENT,
)


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


@dataclass(frozen=True)
class Statistic:
    """A number over seeds: mean, standard deviation (n - 1; None for one seed), how many."""

    mean: float
    std: float | None
    n: int

    def __str__(self) -> str:
        """As in ``74.6 ± 0.3``."""
        return f'{self.mean:.1f}' if self.std is None else f'{self.mean:.1f} ± {self.std:.1f}'


@dataclass(frozen=True)
class Row:
    """One row of a table: a stage of one config, over seeds.

    Attributes:
        label: Name of the row.
        results: One per seed, in order of the seeds.
    """

    label: str
    results: tuple[StageResult, ...]

    def statistic(self, key: str) -> Statistic | None:
        """A metric over the seeds; None where none has it."""
        return statistic([result.number(key) for result in self.results])

    def text(self, key: str) -> str:
        """The metric for a table, ``'-'`` where there is none."""
        value = self.statistic(key)
        return '-' if value is None else str(value)


def statistic(values: Iterable[float | None]) -> Statistic | None:
    """Mean and spread of what is there; None where nothing is.

    >>> str(statistic([1.0, 2.0, None, 3.0]))
    '2.0 ± 1.0'
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Statistic(fmean(known), stdev(known) if len(known) > 1 else None, len(known))


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
        unfinished = sorted(p.parent.name for p in path.parent.glob('*/result.json'))
        found = f'stages that are done: {", ".join(unfinished)}' if unfinished else None
        raise DataError('There is no summary of a run.', where=path, found=found, expected=expected, fix=fix)
    try:
        summary = json.loads(path.read_text(encoding='utf-8'))
        later = _measured_later(path.parent)
        results = []
        for name, stage in summary['stages'].items():
            row, (plain, fused) = _row(summary, name), _with_later(dict(stage), later)
            results.append(StageResult(row, name, path.parent, summary, plain))
            if fused:
                results.append(StageResult(f'{row}, views fused', name, path.parent, summary, fused, fused=True))
        return results
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            'A summary cannot be read.',
            where=path,
            found=f'{type(error).__name__}: {error}',
            expected=expected,
            fix=fix,
        ) from error


def table_rows(results: Iterable[StageResult], order: Sequence[str] = ()) -> list[Row]:
    """Rows of a table: results of one stage and config over seeds make one.

    A network that several recipes share (the same file, bit for bit) is counted once. Where different configs have
    rows of one name, the name is followed by the config's. Stages without mAP make no row.

    Args:
        results: Of all runs.
        order: Labels in the order wanted; others follow in the paper's order, the teacher last.

    Raises:
        MLKDError: If two runs of one config and seed differ.
    """
    groups: dict[tuple[str, str, tuple[str, str]], dict[object, StageResult]] = {}
    for result in results:
        if result.number('mAP') is None:
            continue
        group = groups.setdefault((result.row, result.stage, result.config_key), {})
        other = group.setdefault(result.seed, result)
        mine, theirs = (one.result.get('metrics') or {} for one in (result, other))
        if any(mine[key] != theirs[key] for key in mine.keys() & theirs.keys()):
            raise MLKDError(
                'Two runs of the same config and seed measured something else.',
                where=f'{other.run}, {result.run}',
                found=f'mAP {other.number("mAP")} and {result.number("mAP")} of {result.row}, seed {result.seed}',
                fix='leave one of them out',
            )
        if len(mine) > len(theirs):
            group[result.seed] = result
    found: list[tuple[Row, set[str]]] = []
    for (label, _, _), group in groups.items():
        members = tuple(sorted(group.values(), key=lambda r: (str(type(r.seed)), r.seed or 0)))
        networks = {str(member.result.get('network_sha256', member.run)) for member in members}
        # Of recipes that share networks, the one with the most seeds.
        if any(row.label == label and networks <= others for row, others in found):
            continue
        found = [(row, others) for row, others in found if row.label != label or not others <= networks]
        found.append((Row(label, members), networks))
    rows = [row for row, _ in found]
    labels = [row.label for row in rows]
    rows = [row if labels.count(row.label) == 1 else _with_config(row, rows) for row in rows]
    return sorted(rows, key=lambda row: (*_place(row, order), row.label))


def _measured_later(folder: Path) -> list[dict[str, Any]]:
    """What ``tools/test.py`` wrote into the run's folder :data:`MEASURED`, in order of the files' names."""
    contents = []
    for path in sorted((folder / MEASURED).glob('*.json')):
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
            kept = {key: content[key] for key in (*_LATER, 'checkpoint_sha256')}
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


def _with_config(row: Row, rows: Sequence[Row]) -> Row:
    """The row with its config in its name, and with the config's hash where files of one name differ."""
    first = row.results[0]
    same = [other for other in rows if other.label == row.label and other.results[0].config == first.config]
    config = first.config if len(same) == 1 else f'{first.config}, {first.config_key[1][:6]}'
    return Row(f'{row.label} ({config})', row.results)


def _place(row: Row, order: Sequence[str]) -> tuple[int, int]:
    label = row.results[0].row
    for rank, names in enumerate((list(order), list(_ORDER))):
        if label in names:
            return rank, names.index(label)
    return (3, 0) if label.startswith(TEACHER) else (2, 0)
