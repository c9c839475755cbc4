"""``show``: a picture of the best boxes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlkd.apis.proposals.sources import ImageSource, add_config_options, image_source
from mlkd.arguments import check_options
from mlkd.console import console
from mlkd.errors import ProposalError
from mlkd.fileio import atomic_write, printable
from mlkd.proposals import ProposalStore
from mlkd.proposals.checks import near_keys
from mlkd.visualization import ProposedImage, proposal_sheet, small_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('store', metavar='NAME.mlkd', help='the store')
    parser.add_argument(
        '--images', required=True, metavar='SOURCE', help='its images: a folder, or a config with data sets'
    )
    parser.add_argument('--top', type=int, default=20, metavar='N', help='boxes per image (default 20)')
    parser.add_argument('--out', default='proposals.png', metavar='FILE', help='PNG file (default %(default)s)')
    parser.add_argument('--keys', nargs='+', metavar='KEY', help='which images (default: some, spread over the store)')
    parser.add_argument('--count', type=int, default=12, metavar='N', help='images if none is named (default 12)')
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Draw the sheet.

    Returns:
        Exit code.

    Raises:
        MLKDError: If the store, an image or an argument is wrong.
    """
    check_options(args, 'top', 'count')
    store, source = ProposalStore.open(args.store), image_source(args.images, args)
    keys = args.keys or _spread(store, source, args.count)
    shown = [_proposed(store, source, key, args.top) for key in keys]
    generator = store.header['generator']
    made = generator.get('type', generator) if isinstance(generator, dict) else generator
    figure = proposal_sheet(shown, title=f'{store.path.name}: the first {args.top} boxes ({made})')
    with atomic_write(args.out, 'wb') as file:
        file.write(small_png(figure, dpi=110, colours=160))
    console.print(f'Pictures: {Path(args.out)}')
    return 0


def _spread(store: ProposalStore, source: ImageSource, count: int) -> list[str]:
    """Keys of images at equal distances."""
    known = [key for key in source.keys if key in store]
    if not known:
        raise ProposalError(
            'The store has no entry for any of the images.',
            where=store.path,
            found=f'keys like {store.keys()[0]}',
            expected=f'keys like {source.keys[0]}',
            fix=near_keys(source.keys[0], store.keys()) or 'name the images that it was made for',
        )
    places = np.linspace(0, len(known) - 1, min(count, len(known))).astype(int)
    return [known[place] for place in places]


def _proposed(store: ProposalStore, source: ImageSource, key: str, top: int) -> ProposedImage:
    """An image with its best boxes; raises :class:`ProposalError` if it is not there."""
    proposals = store[key]
    if key not in source.keys:
        raise ProposalError(
            'There is no such image.', where=source.name, found=key, fix=near_keys(key, source.keys) or None
        )
    image = source.read(source.keys.index(key))
    order = np.argsort(-proposals.scores, kind='stable')[:top]
    boxes = proposals.bboxes[order].astype(np.float64)
    # Stored for another size of the image, boxes are brought into its pixels, as data sets do.
    boxes *= np.tile(np.divide(image.shape[:2], proposals.size)[::-1], 2)
    return ProposedImage(image, boxes, proposals.scores[order], _caption(key, len(proposals), proposals.scores[order]))


def _caption(key: str, boxes: int, scores: Sequence[float] | np.ndarray) -> str:
    """Name of the image, how many boxes it has, and the scores of those that are drawn."""
    name = printable(key if len(key) <= 34 else f'...{key[-31:]}')
    if not len(scores):
        return f'{name}: no box'
    low, high = float(np.min(scores)), float(np.max(scores))
    return f'{name}: {boxes} boxes' + (f', {high:.3g} to {low:.3g}' if low < high else '')
