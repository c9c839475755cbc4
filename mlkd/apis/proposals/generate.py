"""``generate``: makes proposals of one's own images or of the data sets of a config."""

from __future__ import annotations

import argparse

from mmengine.config import DictAction
from rich.console import Console

from mlkd.apis.proposals.sources import add_config_options, image_source
from mlkd.proposals import ProposalStore, make_proposals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('source', help='folder of images, or config file with data sets')
    parser.add_argument('--out', required=True, metavar='NAME.mlkd', help='the store')
    parser.add_argument('--generator', default='SelectiveSearch', metavar='TYPE', help='default: %(default)s')
    parser.add_argument(
        '--generator-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='its settings: mode=quality short_side=300 max_boxes=1000',
    )
    parser.add_argument('--name', help='name of the data set in the header (default: its own, or the folder)')
    parser.add_argument('--processes', type=_positive, metavar='N', help='default: one per core')
    parser.add_argument('--restart', action='store_true', help='forget what a run that was stopped has left')
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Make the store and say what is in it.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    keys, read, name = image_source(args.source, args)
    generator = {'type': args.generator, **args.generator_options}
    path = make_proposals(keys, read, generator, args.out, args.name or name, args.processes, not args.restart)
    header = ProposalStore.open(path).header
    per_image = header['boxes_per_image']
    Console().print(
        f'{path}: {header["images"]} images, {header["boxes"]} boxes '
        f'({per_image["min"]} to {per_image["max"]} per image, {per_image["mean"]:.1f} on average)',
        soft_wrap=True,
        highlight=False,
    )
    return 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{value} is not at least 1')
    return value
