"""``make``: divides the labels of a data set into parts."""

from __future__ import annotations

import argparse

from mlkd.apis.out_file import check_out
from mlkd.apis.partition.sources import add_count_arguments, counts_of, partition_of
from mlkd.apis.partition.tables import print_partition
from mlkd.console import console
from mlkd.errors import ConfigError
from mlkd.partition import METHODS, Partition, write_counts, write_partition


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_count_arguments(parser, required=True)
    parser.add_argument(
        '--graph',
        required=True,
        choices=METHODS,
        help='cgp: labels that occur together share a part; dgp: labels that seldom do; random: by lot',
    )
    parser.add_argument('--parts', required=True, type=int, metavar='K', help='how many')
    parser.add_argument(
        '--rho', type=float, help='exponent of the graph (default: 1/2 for cgp; 1/3 for dgp, of NUS-WIDE 1/4)'
    )
    parser.add_argument('--seed', type=int, default=0, help='default: %(default)s')
    parser.add_argument('--sizes-of', metavar='FILE', help='random: parts of the same sizes as those of a partition')
    parser.add_argument('--out', required=True, metavar='FILE', help='partition file (JSON)')
    parser.add_argument('--save-counts', metavar='FILE', help='write the counts too (.npz or .json)')
    parser.add_argument('--overwrite', action='store_true', help='write over files that are there')


def run(args: argparse.Namespace) -> int:
    """Make the partition and say what is in it.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    outs = [check_out(path, args.overwrite) for path in (args.out, args.save_counts) if path]
    if len({path.absolute() for path in outs}) < len(outs):
        fix = 'give counts a file of their own'
        raise ConfigError('Counts and partition cannot be one file.', where='--save-counts', found=outs[1], fix=fix)
    counts = counts_of(args)
    assert counts is not None
    sizes = None
    if args.sizes_of:
        sizes = partition_of(args.sizes_of, args.classes).sizes
        if len(sizes) != args.parts:
            found = f'{len(sizes)} parts in {args.sizes_of}'
            raise ConfigError('The sizes are of another number of parts.', where='--parts', found=found)
    partition = Partition.of(counts, args.graph, args.parts, args.rho, args.seed, sizes)
    if args.save_counts:
        write_counts(counts, outs[1])
    write_partition(partition, outs[0])
    print_partition(partition, counts)
    console.print(f'Partition: {outs[0]}')
    return 0
