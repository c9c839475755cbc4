"""Tables, plots and pictures of one or several runs, as Markdown, PNG and one HTML page."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console

from mlkd.apis.result_tables import (
    CAM_COLUMNS,
    box_table,
    class_gains,
    comparison_table,
    cost_table,
    epoch_table,
    facts,
    left_out_classes,
    overall_table,
)
from mlkd.apis.run_pictures import run_sheet
from mlkd.apis.run_summaries import BASELINE, STUDENT, StageResult, read_run, table_rows
from mlkd.apis.threshold_tables import calibration_figure, kept_scores, threshold_note, threshold_table
from mlkd.errors import MLKDError
from mlkd.fileio import atomic_write
from mlkd.visualization import (
    TextTable,
    gain_plot,
    html_image,
    html_note,
    html_page,
    learning_curves,
    png,
    read_curves,
)

Section = tuple[str, list[TextTable | str | tuple[str, bytes, str]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('work_dirs', nargs='+', metavar='WORK_DIR', help='folder of a finished run (several: seeds)')
    parser.add_argument('--out', metavar='DIR', help='where to write (default: WORK_DIR/report)')
    parser.add_argument('--pictures', type=int, default=6, metavar='N', help='test images to draw; 0: none (default 6)')


def run(args: argparse.Namespace) -> int:
    """Write the report and print its tables.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a folder holds no finished run.
    """
    write_report(args.work_dirs, args.out, pictures=args.pictures)
    return 0


def write_report(work_dirs: Sequence[str | Path], out: str | Path | None = None, *, pictures: int = 6) -> Path:
    """Write ``report.md``, ``report.html`` and the pictures as PNG, and print the tables.

    Args:
        work_dirs: Folders of finished runs; runs that differ in their seed alone are put together.
        out: Where to write; ``report`` in the folder, or in the one that all of several are in.
        pictures: How many test images to draw with what teacher and student made of them.

    Returns:
        The folder that was written.

    Raises:
        MLKDError: If a folder holds no finished run, or none that was measured.
    """
    folders = [Path(folder) for folder in dict.fromkeys(map(str, work_dirs))]
    results = [result for folder in folders for result in read_run(folder)]
    common = folders[0] if len(folders) == 1 else Path(os.path.commonpath([folder.resolve() for folder in folders]))
    target = Path(out) if out is not None else common / 'report'
    console = Console()
    sections = _sections(results, folders, pictures, console)
    for _, content in sections:
        for part in content:
            if isinstance(part, TextTable):
                console.print(part.rich())
            elif isinstance(part, tuple):
                with atomic_write(target / part[0], 'wb') as file:
                    file.write(part[1])
    title = ', '.join(dict.fromkeys(result.config for result in results))
    with atomic_write(target / 'report.md') as file:
        file.write(_markdown(title, sections))
    with atomic_write(target / 'report.html') as file:
        file.write(_html(title, sections))
    console.print(f'Report: {target / "report.html"}', soft_wrap=True)
    return target


def _sections(
    results: Sequence[StageResult], folders: Sequence[Path], pictures: int, console: Console
) -> list[Section]:
    """What the report holds, in order: text, tables, and pictures as (file name, PNG, what it shows)."""
    rows = table_rows(results)
    if not rows:
        raise MLKDError(
            'No stage of these runs measured mAP.',
            where=', '.join(map(str, folders)),
            found=f'metrics {sorted({key for r in results for key in r.result.get("metrics") or {}})[:8]}',
            fix='put a MultiLabelMetric into test_evaluator of the config',
        )
    overall = overall_table(rows, 'mAP in percent')
    tables: list[TextTable | str | tuple[str, bytes, str]] = [comparison_table(rows, 'percent')]
    tables += [overall] if overall else []
    tables.append(
        'F1-C is the mean of F1 over classes, F1-O is F1 over all cells; top3 counts the three best classes of an '
        'image that are above the threshold. Over several seeds: mean ± standard deviation; gains are of equal seeds.'
    )
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
    gains = class_gains(rows)
    title = f'{STUDENT} against {BASELINE}'
    if gains:
        plot = gain_plot(list(gains), [g for g, _ in gains.values()], [n for _, n in gains.values()], title)
        note = 'Beside each name: positive test images.'
        sections.append(('Gain per class', [('gain.png', png(plot), f'Gain in AP per class, {title}'), note]))
    sheet = run_sheet(folders[0], pictures) if pictures else None
    if isinstance(sheet, Figure):
        content = (
            'pictures.png',
            png(sheet),
            'Test images with the boxes of the teacher and the labels of the student',
        )
        sections.append(('Pictures', [content]))
    elif sheet:
        console.print(f'No pictures: {sheet}', soft_wrap=True)
    if kept := kept_scores(results):
        row, scores = next(iter(kept.items()))
        figure = ('calibration.png', png(calibration_figure(kept)), 'Reliability curves, and how many scores there are')
        sections.append(('Thresholds and calibration', [threshold_table(row, scores), threshold_note(scores), figure]))
    if curves := _curves(results):
        sections.append(('Learning curves', list(curves)))
    sections.append(('Time and memory', [cost_table(results, 'means over runs')]))
    sections.append(('Made with', list(facts(results))))
    return sections


def _curves(results: Sequence[StageResult]) -> list[tuple[str, bytes, str]]:
    """Learning curves of the first run."""
    first = results[0].run
    folders = {result.stage: first / result.stage for result in results if result.run == first}
    # A config without stages trains in the work folder itself.
    stages = {stage: read_curves(folder if folder.is_dir() else first) for stage, folder in folders.items()}
    if not any(curves.train or curves.val for curves in stages.values()):
        return []
    return [('curves.png', png(learning_curves(stages)), f'Learning curves of {first.name}')]


def _markdown(title: str, sections: Sequence[Section]) -> str:
    lines = [f'# {title}', '']
    for head, content in sections:
        lines += [f'## {head}', '']
        for part in content:
            if isinstance(part, TextTable):
                lines += [f'{part.title}:', '', part.markdown()]
            elif isinstance(part, tuple):
                lines += [f'![{part[2]}]({part[0]})', '']
            else:
                lines += [part, '']
    return '\n'.join(lines)


def _html(title: str, sections: Sequence[Section]) -> str:
    def part_html(part: TextTable | str | tuple[str, bytes, str]) -> str:
        if isinstance(part, TextTable):
            return part.html()
        return html_image(part[1], part[2]) if isinstance(part, tuple) else html_note(part)

    return html_page(title, [(head, '\n'.join(map(part_html, content))) for head, content in sections])
