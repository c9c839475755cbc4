"""``merge``: puts the shards that machines made into one store."""

from __future__ import annotations

import argparse

from mlkd.apis.proposals.generate import print_summary
from mlkd.proposals.merge import merge_shards


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('shards', nargs='+', metavar='SHARD', help='all that generate --shard made: NAME.shard*.mlkd')
    parser.add_argument('--out', required=True, metavar='NAME.mlkd', help='the store; the shards stay')


def run(args: argparse.Namespace) -> int:
    """Merge the shards and say what is in the store.

    Returns:
        Exit code.

    Raises:
        ProposalError: If the shards do not make one store.
    """
    print_summary(merge_shards(args.shards, args.out))
    return 0
