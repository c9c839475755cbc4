"""``show``: lists parts and draws which labels occur together."""

from __future__ import annotations

import argparse

from mlkd.apis.partition.sources import PUBLISHED, add_count_arguments, counts_of, partition_of
from mlkd.apis.partition.tables import print_partition, title_of
from mlkd.console import console
from mlkd.partition import edge_weights, kept_share
from mlkd.visualization import partition_plot, save_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('partition', metavar='FILE', help=f'partition file, or a published partition as {PUBLISHED}')
    add_count_arguments(parser, required=False)
    parser.add_argument('--out', default='partition.png', metavar='FILE', help='PNG file (default %(default)s)')


def run(args: argparse.Namespace) -> int:
    """Print the table, and draw where there are counts.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a file is wrong, or the counts are of other labels.
    """
    partition = partition_of(args.partition, args.classes)
    counts = counts_of(args)
    if counts is not None:
        partition = partition.reordered(counts.classes)
    print_partition(partition, counts)
    if counts is not None:
        given = edge_weights(counts, 'cgp', 1)
        title = f'{title_of(partition)}\n{kept_share(counts, partition):.1%} of co-occurrence inside parts'
        order = [index for part in partition.indices() for index in part]
        names = [partition.classes[index] for index in order]
        figure = partition_plot(given[order][:, order], names, partition.sizes, title)
        console.print(f'Picture: {save_png(figure, args.out)}')
    return 0
