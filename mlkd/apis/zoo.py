"""Writes the index of trained networks from what their runs left; nothing in it is typed by hand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from mlkd.apis.runs.rows import Row, table_rows
from mlkd.apis.runs.run_facts import facts
from mlkd.apis.runs.summaries import SUMMARY, StageResult, read_run
from mlkd.apis.runs.zoo_facts import Measured, network_facts, read_measured
from mlkd.console import console
from mlkd.errors import MLKDError
from mlkd.fileio import atomic_write
from mlkd.visualization import TextTable

_INTRODUCTION = """\
# Trained networks

Written by `mlkd zoo WORK_DIR... --out docs/zoo.md` from the `summary.json` of runs, their configs, and what
`mlkd export` measured of their networks. Metrics in percent on the test images of the config, mean ± standard deviation
over seeds ([what they are](metrics.md)). Multiply-adds: of convolutions and products of matrices, for one image of the
view's size; a multiplication and an addition count as one. Images per second: one at a time, from images in memory to
scores, where it was measured ([how](export.md))."""
_METRICS = {'mAP': 'mAP', 'F1-C': 'F1-C', 'F1-O': 'OF1'}
_ENGINES = {'PyTorch': 'images/s, PyTorch', 'ONNX Runtime': 'ONNX Runtime', 'ONNX Runtime, INT8': 'INT8'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('work_dirs', nargs='+', metavar='WORK_DIR', help=f'folders of finished runs, with {SUMMARY}')
    parser.add_argument('--out', default='docs/zoo.md', metavar='FILE', help='the page (default docs/zoo.md)')


def run(args: argparse.Namespace) -> int:
    """Write the page.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a folder holds no finished run, none of them measured mAP, or a report of an export is none.
    """
    folders = sorted({Path(folder).resolve(): Path(folder) for folder in args.work_dirs}.values())
    results = [result for folder in folders for result in read_run(folder)]
    measured = [entry for folder in folders for entry in read_measured(folder)]
    text = page(results, measured)
    with atomic_write(args.out) as file:
        file.write(text)
    console.print(f'{len(folders)} runs. Written: {args.out}')
    return 0


def page(results: Sequence[StageResult], measured: Sequence[Measured]) -> str:
    """The page in Markdown.

    Args:
        results: Of all runs.
        measured: What exports measured of their networks.

    Raises:
        MLKDError: If no result has mAP.
    """
    groups: dict[tuple[str, str], list[StageResult]] = {}
    for result in results:
        groups.setdefault(result.config_key, []).append(result)
    parts = [_INTRODUCTION]
    for (config, code), members in sorted(groups.items()):
        rows = [row for row in table_rows(members) if not row.results[0].fused]
        if rows:
            same = [key for key in groups if key[0] == config]
            title = config if len(same) == 1 else f'{config}, {code[:6]}'
            table = TextTable(title, _columns(), tuple(_cells(row, measured) for row in rows))
            lines = '\n'.join(f'- {line}' for line in facts(members))
            parts += [f'## {title}', table.markdown().rstrip(), lines]
    if len(parts) == 1:
        runs = ', '.join(sorted({str(result.run) for result in results}))
        raise MLKDError('None of the runs measured mAP.', where=runs, expected='a stage with a test set')
    return '\n\n'.join(parts) + '\n'


def _columns() -> tuple[str, ...]:
    counts = ('parameters (M)', 'multiply-adds (M)', 'view')
    return ('network', 'data', 'seeds', *_METRICS, *counts, *_ENGINES.values(), 'file (MB)')


def _cells(row: Row, measured: Sequence[Measured]) -> tuple[str, ...]:
    first = row.results[0]
    known = network_facts(first)
    networks = {result.result.get('network_sha256') for result in row.results} - {None}
    networks |= {((r.result.get('parts') or {}).get('full') or {}).get('network_sha256') for r in row.results} - {None}
    seeds = ', '.join(str(result.seed) for result in row.results if result.seed is not None)
    speeds = []
    for engine in _ENGINES:
        found = [m.images_per_second for m in measured if m.engine == engine and m.network_sha256 in networks]
        speeds.append(f'{sum(found) / len(found):,.1f}' if found else '-')
    sizes = [m.bytes for m in measured if m.engine == 'PyTorch' and m.network_sha256 in networks]
    size = f'{sum(sizes) / len(sizes) / 1e6:,.2f}' if sizes else '-'
    return (
        row.label,
        known.data,
        seeds or '-',
        *(row.text(key) for key in _METRICS.values()),
        known.parameters,
        known.multiply_adds,
        known.view,
        *speeds,
        size,
    )
