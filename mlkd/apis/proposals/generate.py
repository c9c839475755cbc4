"""``generate``: makes proposals of a folder of images, of a list of them, or of the data sets of a config."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path

from mlkd.apis.key_values import KeyValues
from mlkd.apis.plugins import add_import_option, import_plugins
from mlkd.apis.proposals.sources import add_config_options, image_source
from mlkd.console import console, error_console
from mlkd.errors import ConfigError
from mlkd.proposals import ProposalStore, make_proposals
from mlkd.proposals.sharding import Shard
from mlkd.proposals.timing import Timing
from mlkd.registry import GENERATORS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = '\n'.join(['generators:', *(f'  {name:18}{text}' for name, text in generator_summaries().items())])
    parser.add_argument(
        'source', help='folder of images; text file with one path of an image per line; or config file with data sets'
    )
    parser.add_argument('--out', required=True, metavar='NAME.mlkd', help='the store')
    parser.add_argument('--generator', default='SelectiveSearch', metavar='TYPE', help='default: %(default)s')
    parser.add_argument(
        '--generator-options',
        nargs='+',
        action=KeyValues,
        default={},
        metavar='KEY=VALUE',
        help='its settings: mode=quality short_side=300 max_boxes=1000',
    )
    add_import_option(parser, 'generators of your own')
    parser.add_argument('--name', help='name of the data set in the header (default: its own, or the folder or list)')
    parser.add_argument('--processes', type=_positive, metavar='N', help='default: one per core; one with a GPU')
    parser.add_argument(
        '--shard', metavar='I/N', help='only this of N parts, into NAME.shardIofN.mlkd; see "mlkd proposals merge"'
    )
    parser.add_argument('--restart', action='store_true', help='forget what a run that was stopped has left')
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Make the store and say what is in it.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    import_plugins(args.modules)
    shard = Shard.parse(args.shard) if args.shard else None
    if 'type' in args.generator_options:
        raise ConfigError(
            'The type of a generator is no setting of it.',
            where='--generator-options',
            found=f'type={args.generator_options["type"]}',
            fix='name the type with --generator',
        )
    generator = {'type': args.generator, **args.generator_options}
    keys, read, name = image_source(args.source, args)
    timing = Timing()
    try:
        path = make_proposals(
            keys,
            read,
            generator,
            args.out,
            args.name or name,
            args.processes,
            not args.restart,
            shard=shard,
            timing=timing,
        )
    finally:
        if timing.images:
            error_console.print(f'{args.generator}: {timing}')
    print_summary(path)
    return 0


def print_summary(path: Path) -> None:
    """Say in a line what is in a store."""
    counts = ProposalStore.open(path).counts()
    console.print(
        f'{path}: {len(counts)} images, {counts.sum()} boxes '
        f'({counts.min()} to {counts.max()} per image, {counts.mean():.1f} on average)',
    )


def generator_summaries() -> dict[str, str]:
    """By name of each generator, what it does, in a line."""
    documented = {name: inspect.getdoc(cls) or '' for name, cls in sorted(GENERATORS.module_dict.items())}
    return {name: text.partition('\n')[0].replace('`', '') for name, text in documented.items()}


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{value} is not at least 1')
    return value
