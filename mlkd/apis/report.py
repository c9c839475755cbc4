"""Tables, plots and pictures of one or several runs in one HTML page, and as Markdown with files beside it."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

from mlkd.apis.out_file import check_place
from mlkd.apis.runs.box_tables import CAM_COLUMNS, box_table
from mlkd.apis.runs.curves import run_curves
from mlkd.apis.runs.picture_sections import MAPS, MISTAKES, NOT_SHOWN, TOGETHER, PictureOptions, RunPictures
from mlkd.apis.runs.report_parts import Content, Section, write_parts
from mlkd.apis.runs.result_tables import (
    class_gains,
    class_precision,
    comparison_table,
    cost_table,
    epoch_table,
    left_out_classes,
    other_images_note,
    overall_table,
)
from mlkd.apis.runs.rows import Row, table_rows
from mlkd.apis.runs.run_facts import facts
from mlkd.apis.runs.summaries import BASELINE, STUDENT, StageResult, read_run
from mlkd.apis.runs.threshold_tables import calibration_figure, kept_scores, threshold_note, threshold_table
from mlkd.arguments import check_options
from mlkd.console import console
from mlkd.errors import MLKDError
from mlkd.visualization import TextTable, class_precision_plot, gain_plot, learning_curves, png

CALIBRATION, CURVES = 'calibration', 'curves'
#: What can be left out.
PARTS = (MAPS, MISTAKES, TOGETHER, CALIBRATION, CURVES)
#: How heads of sections begin whose tables are not printed.
_LONG = 'Mistakes'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('work_dirs', nargs='+', metavar='WORK_DIR', help='folder of a finished run (several: seeds)')
    parser.add_argument('--out', metavar='DIR', help='where to write (default: WORK_DIR/report)')
    parser.add_argument(
        '--pictures',
        type=int,
        default=6,
        metavar='N',
        help='photos with class maps (default 6); 0: no photos at all, and no network is run',
    )
    parser.add_argument('--without', nargs='+', default=(), choices=PARTS, metavar='PART', help=f'leave out: {PARTS}')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data (default: as the config says)')
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='draws photos at random (default 0)')


def run(args: argparse.Namespace) -> int:
    """Write the report and print its tables.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a folder holds no finished run, or an argument is wrong.
    """
    check_options(args, 'pictures', 'seed', least=0)
    options = PictureOptions(args.pictures, args.data_root, args.seed, frozenset(args.without))
    write_report(args.work_dirs, args.out, options)
    return 0


def write_report(
    work_dirs: Sequence[str | Path], out: str | Path | None = None, options: PictureOptions | None = None
) -> Path:
    """Write ``report.html``, one page with everything in it, and ``report.md`` with its pictures beside it; print the
    tables.

    Args:
        work_dirs: Folders of finished runs; runs that differ in their seed alone are put together.
        out: Where to write; ``report`` in the folder, or in the one that all of several are in.
        options: What is shown; photos are of the first run.

    Returns:
        The folder that was written.

    Raises:
        MLKDError: If a folder holds no finished run, or none that was measured.
    """
    options = options or PictureOptions()
    # A run is one run, however its folder is spelt.
    folders = list({Path(folder).resolve(): Path(folder) for folder in work_dirs}.values())
    results = [result for folder in folders for result in read_run(folder)]
    common = folders[0] if len(folders) == 1 else Path(os.path.commonpath([folder.resolve() for folder in folders]))
    target = Path(out) if out is not None else common / 'report'
    check_place(target, folder=True)
    sections = _sections(results, folders, options)
    title = ', '.join(dict.fromkeys(result.config for result in results))
    # First: who reads what is printed may be gone before its end.
    write_parts(target, title, sections)
    for head, content in sections:
        for part in content:
            if isinstance(part, TextTable) and not head.startswith(_LONG):
                console.print(part.rich())
            elif isinstance(part, str) and head == NOT_SHOWN:
                console.print(part)
    console.print(f'Report: {target / "report.html"}')
    return target


def _sections(results: Sequence[StageResult], folders: Sequence[Path], options: PictureOptions) -> list[Section]:
    """What the report holds, in order."""
    rows = table_rows(results)
    if not rows:
        raise MLKDError(
            'No stage of these runs measured mAP.',
            where=', '.join(map(str, folders)),
            found=f'metrics {sorted({key for r in results for key in r.result.get("metrics") or {}})[:8]}',
            fix='put a MultiLabelMetric into test_evaluator of the config',
        )
    sections = _numbers(results, rows)
    sections += _per_class(rows)
    sections += RunPictures(folders[0], results, options).sections()
    if CALIBRATION not in options.without and (kept := kept_scores(results)):
        row, scores = next(iter(kept.items()))
        figure = ('calibration.png', png(calibration_figure(kept)), 'Reliability curves, and how many scores there are')
        sections.append(('Thresholds and calibration', [threshold_table(row, scores), threshold_note(scores), figure]))
    if CURVES not in options.without and (curves := run_curves(results)):
        picture = ('curves.png', png(learning_curves(curves)), f'Learning curves of {results[0].run.name}')
        sections.append(('Learning curves', [picture]))
    sections.append(('Time and memory', [cost_table(results, 'means over runs')]))
    sections.append(('Made with', list(facts(results))))
    # What is missing is said at the end.
    return sorted(sections, key=lambda section: section[0] == NOT_SHOWN)


def _numbers(results: Sequence[StageResult], rows: Sequence[Row]) -> list[Section]:
    """Tables of what was measured."""
    overall = overall_table(rows, 'mAP in percent')
    tables: list[Content] = [comparison_table(rows, 'percent')]
    tables += [overall] if overall else []
    tables.append(
        'F1-C is the mean of F1 over classes, F1-O is F1 over all cells; top3 counts the three best classes of an '
        'image that are above the threshold. Over several seeds: mean ± standard deviation; gains are of equal seeds.'
    )
    if others := other_images_note(rows):
        tables.append(others)
    if left_out := left_out_classes(results):
        tables.append(f'Without a positive test image, and left out: {", ".join(left_out)}.')
    sections: list[Section] = [('Results', tables)]
    if (boxes := box_table(rows, 'boxes, percent')) is not None:
        sections.append(('Boxes', [boxes, 'Rules of these numbers: docs/metrics.md.']))
    if (maps := box_table(rows, 'class maps, percent', CAM_COLUMNS)) is not None:
        sections.append(('Class maps', [maps, 'Rules of these numbers: docs/metrics.md.']))
    if (epochs := epoch_table(rows, 'epochs')) is not None:
        note = 'Percent but for the loss; from the first epoch to the last. Best on the set that is validated on.'
        sections.append(('Epochs', [epochs, note]))
    return sections


def _per_class(rows: Sequence[Row]) -> list[Section]:
    """AP and gain of each class."""
    sections: list[Section] = []
    note = 'Beside each name: positive test images.'
    if precision := class_precision(rows):
        names = list(next(iter(precision.values())))
        values = {row: [table.get(name, (math.nan, 0))[0] for name in names] for row, table in precision.items()}
        counts = [count for _, count in next(iter(precision.values())).values()]
        alt = f'AP per class of {", ".join(precision)}'
        sections.append(('AP per class', [('ap.png', png(class_precision_plot(names, values, counts)), alt), note]))
    title = f'{STUDENT} against {BASELINE}'
    if gains := class_gains(rows):
        plot = gain_plot(list(gains), [g for g, _ in gains.values()], [n for _, n in gains.values()], title)
        sections.append(('Gain per class', [('gain.png', png(plot), f'Gain in AP per class, {title}'), note]))
    return sections
