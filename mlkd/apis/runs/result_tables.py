"""The tables of a report and of the results page, from rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.apis.runs.rows import Row, Statistic, statistic
from mlkd.apis.runs.summaries import BASELINE, STUDENT, TEACHER, StageResult
from mlkd.visualization import TextTable

#: Columns of the paper's Table 1, and the keys of the metric that they stand for.
COLUMNS = {
    'mAP': 'mAP',
    'F1-C all': 'F1-C',
    'F1-O all': 'OF1',
    'F1-C top3': 'top3/F1-C',
    'F1-O top3': 'top3/OF1',
}


def find(rows: Sequence[Row], label: str) -> Row | None:
    """The row of that label; None where there is none or, in several configs, more than one."""
    found = [row for row in rows if row.results[0].row == label]
    return found[0] if len(found) == 1 else None


def comparison_table(rows: Sequence[Row], title: str) -> TextTable:
    """The layout of the paper's Tables 1 and 4: a row per method, mAP and four F1 values, and what is gained.

    What is gained is counted from the student without a teacher: the row of that name, or of the stage ``baseline``;
    where it was tested on other images, nothing is.
    F1 is left out for the teacher, whose scores are not calibrated around the threshold. Percent; over several seeds
    mean and standard deviation.
    """
    baseline = find(rows, BASELINE) or _baseline(rows)
    body = []
    for row in rows:
        teacher = row.results[0].row.startswith(TEACHER)
        cells = [row.text(key) if key == 'mAP' or not teacher else '-' for key in COLUMNS.values()]
        body.append((row.label, *cells, _gain(row, baseline), str(len(row.results))))
    best = next((index for index, row in enumerate(rows) if row is find(rows, STUDENT)), None)
    return TextTable(title, ('method', *COLUMNS, 'gain in mAP', 'seeds'), tuple(body), best)


def overall_table(rows: Sequence[Row], title: str) -> TextTable | None:
    """The layout of the paper's Table 3: without, teacher, with; None where one of them is missing, or was tested on
    other images."""
    cells = [cell for label in (BASELINE, TEACHER, STUDENT) if (cell := find(rows, label)) is not None]
    if len(cells) < 3 or not tested_alike(cells):
        return None
    row = ('mAP', *(cell.text('mAP') for cell in cells))
    return TextTable(title, ('', BASELINE, TEACHER, STUDENT), (row,))


def tested_alike(rows: Sequence[Row]) -> bool:
    """Whether all rows were tested on the same images, as far as their runs wrote down on which."""
    return len({place for row in rows for result in row.results if (place := result.tested_on)}) < 2


def other_images_note(rows: Sequence[Row]) -> str | None:
    """Which rows were tested on other images than others, and are not to be compared; None where none was."""
    if tested_alike(rows):
        return None
    groups: dict[tuple[str, int] | None, list[str]] = {}
    for row in rows:
        for place in dict.fromkeys(result.tested_on for result in row.results):
            groups.setdefault(place, []).append(row.label)
    sets = [f'{", ".join(labels)}: {place[1]:,} images' for place, labels in groups.items() if place]
    return f'Not tested on the same images, and not to be compared: {"; ".join(sets)}.'


def epoch_table(rows: Sequence[Row], title: str) -> TextTable | None:
    """What was measured in the course of training: a row per method that recorded its epochs; None without any.

    The last and the best epoch, and of what terms watch the mean of the first epoch and of the last; over several
    seeds mean and standard deviation.
    """
    body, watched = [], ('fallback', 'empty_maps', 'loss_consistency')
    for row in rows:
        records = [result.result.get('epochs_measured') or {} for result in row.results]
        if not any(records):
            continue
        name = next((record['select_by'] for record in records if record), 'mAP')
        ends = [[(record.get(end) or {}) for record in records] for end in ('last', 'best')]
        cells = [_statistic([(end.get('metrics') or {}).get(name) for end in each]) for each in ends]
        cells.append(_statistic([end.get('epoch') for end in ends[1]]))
        for key in watched:
            pairs = [_watched(record.get('logged') or {}, key) for record in records]
            # Shares in percent, losses as they are.
            factor, form = (1, '.3f') if 'loss' in key else (100, '.1f')
            both = [statistic([pair.get(end) for pair in pairs]) for end in ('first', 'last')]
            shown = [format(factor * value.mean, form) for value in both if value]
            cells.append(' → '.join(shown) if len(shown) == 2 else '-')
        body.append((row.label, *cells))
    columns = ('method', 'mAP, last', 'mAP, best', 'epoch', 'fallback', 'empty maps', 'L_re, weighted')
    return TextTable(title, columns, tuple(body)) if body else None


def cost_table(results: Sequence[StageResult], title: str) -> TextTable:
    """Time, speed and memory of each stage, means over its runs; a stage that other runs took over is one run."""
    groups: dict[tuple[str, str], dict[tuple[str, ...], StageResult]] = {}
    for result in results:
        if not result.fused:
            groups.setdefault((result.config, result.stage), {}).setdefault(result.networks, result)
    several = len({config for config, _ in groups}) > 1
    body = []
    for (config, stage), runs in groups.items():
        group = list(runs.values())
        memory = [member.result.get('peak_memory_mib') or {} for member in group]
        body.append(
            (
                f'{stage} ({config})' if several else stage,
                _mean([member.result.get('seconds') for member in group], ',.0f'),
                _mean([member.result.get('images_per_second') for member in group], ',.0f'),
                _mean([entry.get('rss') for entry in memory], ',.0f'),
                _mean([entry.get('cuda') for entry in memory], ',.0f'),
                _mean([member.result.get('parameters') for member in group], ',.0f'),
                str(len(group)),
            )
        )
    columns = ('stage', 'seconds', 'images/s', 'RAM (MiB)', 'GPU (MiB)', 'parameters', 'runs')
    return TextTable(title, columns, tuple(body))


def speed_text(measured: Mapping[str, Any]) -> str:
    """Parameters and time per image of networks, in Markdown.

    Args:
        measured: What ``benchmarks/networks.py --out`` wrote: ``command``, and ``networks``, a list of dicts.
    """
    rows = tuple(
        (one['network'], f'{one["parameters"]:,}', f'{one["ms_per_image"]:.2f}', f'{one["ratio"]:.2f}')
        for one in measured['networks']
    )
    table = TextTable('', ('network', 'parameters', 'ms per image', 'of the first'), rows)
    return f'{table.markdown()}\nMeasured in turns, medians: `{measured["command"]}`.'


def class_gains(rows: Sequence[Row]) -> dict[str, tuple[float, int]]:
    """By class, the gain in AP of the distilled over the plain student, and its positive test images.

    Means over seeds; empty where one of the two rows or its numbers per class are missing, or they were tested on
    other images.
    """
    plain, distilled = find(rows, BASELINE), find(rows, STUDENT)
    if plain is None or distilled is None or not tested_alike([plain, distilled]):
        return {}
    before, after = _class_means(plain), _class_means(distilled)
    return {name: (after[name][0] - before[name][0], after[name][1]) for name in after if name in before}


def class_precision(rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, int]]]:
    """Of the plain student, the teacher and the distilled student, where they are there: by class, AP and positive
    test images, means over seeds. Of other methods the first and the last row."""
    named = [row for row in (find(rows, label) for label in (BASELINE, TEACHER, STUDENT)) if row is not None]
    chosen = {row.label: row for row in (named if len(named) > 1 else [*rows[:1], *named, *rows[-1:]])}
    return {label: means for label, row in chosen.items() if (means := _class_means(row))}


def left_out_classes(results: Sequence[StageResult]) -> list[str]:
    """Classes without a positive test image, which mAP leaves out."""
    found: dict[str, None] = {}
    for result in results:
        found.update(dict.fromkeys((result.result.get('per_class') or {}).get('left_out') or []))
    return list(found)


def _baseline(rows: Sequence[Row]) -> Row | None:
    """The row of the stage ``baseline``, however its config calls it; None without any, or with several."""
    found = [row for row in rows if row.results[0].stage == 'baseline']
    return found[0] if len(found) == 1 else None


def _gain(row: Row, baseline: Row | None) -> str:
    """Gain in mAP over the baseline: of the same seeds, where both have them."""
    if baseline is None or row is baseline or not tested_alike([row, baseline]):
        return '-'
    before = {result.seed: result.number('mAP') for result in baseline.results}
    pairs = [(result.number('mAP'), before[result.seed]) for result in row.results if result.seed in before]
    if pairs:
        return _signed(statistic([after - start for after, start in pairs if after is not None and start is not None]))
    after, start = row.statistic('mAP'), baseline.statistic('mAP')
    return f'{after.mean - start.mean:+.1f}' if after and start else '-'


def _signed(value: Statistic | None) -> str:
    return '-' if value is None else f'{"+" if value.mean >= 0 else ""}{value}'


def _class_means(row: Row) -> dict[str, tuple[float, int]]:
    tables = [table for result in row.results if (table := result.average_precision())]
    if not tables:
        return {}
    names = [name for name in tables[0] if all(name in table for table in tables)]
    return {name: (sum(t[name][0] for t in tables) / len(tables), tables[0][name][1]) for name in names}


def _watched(logged: Mapping[str, Mapping[str, float]], key: str) -> Mapping[str, float]:
    """What a term watches under a name, whatever the term is called."""
    return next((value for name, value in logged.items() if name.rpartition('.')[2] == key), {})


def _statistic(values: Sequence[float | None]) -> str:
    return '-' if (value := statistic(values)) is None else str(value)


def _mean(values: Sequence[float | None], form: str) -> str:
    value = statistic(values)
    return '-' if value is None else format(value.mean, form)
