"""Runs of several seeds and configs as the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from mlkd.apis.runs.summaries import BASELINE, STUDENT, TEACHER, StageResult
from mlkd.errors import MLKDError

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
    candidates = [(label, list(group.values())) for (label, _, _), group in groups.items()]
    found: list[tuple[Row, set[tuple[str, ...]]]] = []
    for label, members in sorted(candidates, key=_most_first):
        networks = {member.networks for member in members}
        # Of recipes that share networks, the one with the most seeds, and of those the one that measured most.
        if not any(row.label == label and networks <= others for row, others in found):
            seeds = sorted(members, key=lambda r: (str(type(r.seed)), r.seed or 0))
            found.append((Row(label, tuple(seeds)), networks))
    rows = [row for row, _ in found]
    labels = [row.label for row in rows]
    rows = [row if labels.count(row.label) == 1 else _with_config(row, rows) for row in rows]
    return sorted(rows, key=lambda row: (*_place(row, order), row.label))


def _most_first(group: tuple[str, list[StageResult]]) -> tuple[int, int]:
    return -len(group[1]), -sum(len(member.result.get('metrics') or {}) for member in group[1])


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
