"""``compare``: how alike two partitions are."""

from __future__ import annotations

import argparse

from rich.table import Table

from mlkd.apis.partition.sources import PUBLISHED, add_classes_argument, partition_of
from mlkd.apis.partition.tables import title_of
from mlkd.console import console
from mlkd.partition import Comparison, Partition, compare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    for name in 'AB':
        parser.add_argument(name.lower(), metavar=name, help=f'partition file, or a published one as {PUBLISHED}')
    add_classes_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print how alike they are.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a file is wrong, or they are of different labels.
    """
    first, second = (partition_of(text, args.classes) for text in (args.a, args.b))
    found = compare(first, second)
    console.print(f'A: {title_of(first)}   {args.a}\nB: {title_of(second)}   {args.b}')
    console.print(f'Adjusted Rand index: {found.adjusted_rand:.3f}')
    if found.equal:
        console.print('The parts are the same.')
        return 0
    console.print(_table(first, second, found))
    text = f'{len(found.moved)} of {len(first.classes)} labels moved: {", ".join(found.moved)}'
    console.print(text)
    return 0


def _table(first: Partition, second: Partition, found: Comparison) -> Table:
    heads = ('part of A', 'part of B', 'labels in both', 'only in A', 'only in B')
    table = Table(*heads, title='Parts that belong together', title_justify='left')
    for column in table.columns[2:]:
        column.overflow = 'fold'
    for i, j, shared in found.matches:
        inside = [name for name in first.parts[i] if name not in found.moved]
        left = [name for name in first.parts[i] if name in found.moved]
        gained = [name for name in found.moved if found.moved[name][1] == j]
        names = [f'{shared}: {", ".join(inside)}', ', '.join(left), ', '.join(gained)]
        table.add_row(f'{i} ({first.sizes[i]})', f'{j} ({second.sizes[j]})', *names)
    partners = [{match[side] for match in found.matches} for side in (0, 1)]
    for part in sorted(set(range(first.num_parts)) - partners[0]):
        table.add_row(f'{part} ({first.sizes[part]})', '-', '', ', '.join(first.parts[part]), '')
    for part in sorted(set(range(second.num_parts)) - partners[1]):
        table.add_row('-', f'{part} ({second.sizes[part]})', '', '', ', '.join(second.parts[part]))
    return table
