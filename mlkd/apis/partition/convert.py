"""``convert``: to and from the JSON lists of the CPSD repository."""

from __future__ import annotations

import argparse

from mlkd.apis.out_file import check_out
from mlkd.apis.partition.sources import PUBLISHED, add_classes_argument, label_order, partition_of
from mlkd.apis.partition.tables import title_of
from mlkd.console import console
from mlkd.partition import write_partition, write_reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument(
        'partition', metavar='SOURCE', help=f'partition file, JSON list of the CPSD repository, or {PUBLISHED}'
    )
    add_classes_argument(parser)
    parser.add_argument('--out', required=True, metavar='FILE', help='what to write')
    parser.add_argument(
        '--reference',
        action='store_true',
        help='write a JSON list as the CPSD repository has them, which counts labels in the order of --order',
    )
    parser.add_argument(
        '--order', metavar='ORDER', help='names of the labels in another order, as --classes (default: as they are)'
    )
    parser.add_argument('--overwrite', action='store_true', help='write over a file that is there')


def run(args: argparse.Namespace) -> int:
    """Convert.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a file is wrong, or the labels are others.
    """
    out = check_out(args.out, args.overwrite)
    partition = partition_of(args.partition, args.classes)
    order = label_order(args.order)
    if order is not None:
        partition = partition.reordered(order)
    (write_reference if args.reference else write_partition)(partition, out)
    console.print(f'{title_of(partition)}: {out}')
    return 0
