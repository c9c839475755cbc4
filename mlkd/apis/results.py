"""Collects the summaries of many runs into tables of a Markdown page, so that no number is typed by hand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from mlkd.apis.runs.box_tables import CAM_COLUMNS, box_table
from mlkd.apis.runs.kept_runs import find_runs, keep_runs
from mlkd.apis.runs.result_blocks import Block, put_block, read_blocks
from mlkd.apis.runs.result_tables import (
    comparison_table,
    cost_table,
    epoch_table,
    left_out_classes,
    overall_table,
    speed_text,
)
from mlkd.apis.runs.rows import table_rows
from mlkd.apis.runs.run_facts import facts
from mlkd.apis.runs.summaries import SUMMARY, read_run
from mlkd.console import console
from mlkd.errors import ConfigError, MLKDError
from mlkd.fileio import atomic_write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('--blocks', default='docs/results.toml', metavar='FILE', help='which blocks the page has')
    parser.add_argument('--title', help='write this block alone, of --glob, without a file')
    parser.add_argument('--glob', metavar='PATTERN', help="work folders of the block, as 'work_dirs/voc07/seed*'")
    parser.add_argument('--brief', action='store_true', help='of --glob: one table, seeds and command, no heading')
    parser.add_argument('--out', default='docs/results.md', metavar='FILE', help='the page (default docs/results.md)')


def run(args: argparse.Namespace) -> int:
    """Write the blocks into the page; text outside of their markers stays.

    A block none of whose runs is here is left as it stands in the page. Runs of a block with ``kept`` are copied there,
    and it is written of all that are kept.

    Returns:
        Exit code.

    Raises:
        MLKDError: If the file of blocks is wrong, or no run at all is found.
    """
    if bool(args.title) != bool(args.glob):
        raise ConfigError('A block of its own needs both --title and --glob.', found=args.title or args.glob)
    blocks = [Block(args.title, args.glob, brief=args.brief)] if args.title else read_blocks(args.blocks)
    path, written = Path(args.out), 0
    page = path.read_text(encoding='utf-8') if path.is_file() else '# Results\n'
    for block in blocks:
        folders = find_runs(block.pattern)
        if block.kept:
            folders = keep_runs(folders, block.kept)
        if folders:
            page = put_block(page, block, block_text(block, folders))
            written += 1
        console.print(f'{block.title}: {len(folders)} runs{"" if folders else ", left as it is"}')
    if not written:
        patterns = ', '.join(block.pattern for block in blocks)
        raise MLKDError('No run was found.', where=patterns, expected=f'folders with a {SUMMARY}')
    with atomic_write(path) as file:
        file.write(page)
    console.print(f'Written: {path}')
    return 0


def block_text(block: Block, folders: Sequence[Path]) -> str:
    """The Markdown of a block: heading, text, tables, and what the runs were made with."""
    results = [result for folder in folders for result in read_run(folder)]
    rows = table_rows(results, block.rows)
    if block.brief:
        kept = [f'- {line}' for line in facts(results) if line.startswith(('seeds', 'command', 'machine'))]
        return '\n\n'.join([comparison_table(rows, '').markdown().rstrip(), '\n'.join(kept)])
    tables = [comparison_table(rows, ''), overall_table(rows, ''), box_table(rows, '')]
    tables += [box_table(rows, '', CAM_COLUMNS), epoch_table(rows, '')]
    parts = [f'## {block.title}', block.text.strip()]
    parts += [table.markdown().rstrip() for table in tables if table]
    note = 'Percent; mean ± standard deviation over seeds. [What the columns are](metrics.md).'
    left_out = left_out_classes(results)
    parts.append(note + (f' Without a positive test image, left out: {", ".join(left_out)}.' if left_out else ''))
    parts.append(cost_table(results, '').markdown().rstrip())
    if block.speed and Path(block.speed).is_file():
        parts.append(speed_text(json.loads(Path(block.speed).read_text(encoding='utf-8'))))
    parts.append('\n'.join(f'- {line}' for line in facts(results)))
    return '\n\n'.join(part for part in parts if part)
