"""``check``: everything that is wrong with a store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from mlkd.apis.proposals.progress import progress
from mlkd.apis.proposals.sources import ImageSource, add_config_options, image_source
from mlkd.arguments import check_number
from mlkd.console import console
from mlkd.fileio import printable, write_json
from mlkd.proposals import ProposalStore
from mlkd.proposals.inspection import (
    SHOWN,
    StoreFinding,
    check_boxes_of,
    check_counts,
    check_files,
    check_keys,
    check_sizes,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('store', metavar='NAME.mlkd', help='the store')
    parser.add_argument(
        '--images', metavar='SOURCE', help='what it should be for: a folder, a list of images, or a config'
    )
    parser.add_argument('--min', type=int, default=1, metavar='N', help='boxes that an image needs (default 1)')
    parser.add_argument(
        '--min-side', type=float, default=1, metavar='PX', help='least width and height of a box (default 1 px)'
    )
    parser.add_argument('--json', metavar='FILE', help='write what was found here, all images named')
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print a table.

    Returns:
        Exit code: 1 if something is wrong, else 0.

    Raises:
        MLKDError: If an argument is wrong, or the images that it should be for cannot be listed.
    """
    check_number('--min', args.min, 1, whole=True)
    check_number('--min-side', args.min_side, 0)
    source = image_source(args.images, args) if args.images else None
    store, findings = check_files(args.store)
    if store is not None:
        findings += check_keys(store, source.keys if source else None)
        if source is not None:
            findings.append(_sizes(store, source))
        findings += check_counts(store, args.min)
        with progress('boxes', len(store)) as advance:
            findings += check_boxes_of(store, args.min_side, advance)
    wrong = [finding for finding in findings if finding.wrong]
    if args.json:
        write_json(args.json, _report(args, store, findings))
    console.print(_table(args.store, store, findings))
    verdict = f'{len(wrong)} of {len(findings)} checks found something wrong.' if wrong else 'Nothing is wrong.'
    console.print(verdict, style='red' if wrong else 'green')
    return 1 if wrong else 0


def _sizes(store: ProposalStore, source: ImageSource) -> StoreFinding:
    places = {key: index for index, key in enumerate(source.keys) if key in store}
    with progress('images', len(places)) as advance:
        return check_sizes(store, lambda key: source.read.size(places[key]), list(places), advance)


def _table(path: str, store: ProposalStore | None, findings: list[StoreFinding]) -> Table:
    header = store.header if store else {}
    made = (
        f': {header["images"]} images, {header["boxes"]} boxes by {_generator(header)} for {header["dataset"]}'
        if store
        else ''
    )
    table = Table(title=f'{Path(path).name}{made}', title_justify='left')
    table.add_column('check', overflow='fold')
    for column in ('wrong images', 'wrong boxes'):
        table.add_column(column, justify='right')
    table.add_column('where', overflow='fold')
    for finding in findings:
        counts = ['' if count is None else str(count) for count in (len(finding.images), finding.boxes)]
        if finding.wrong and not finding.images:
            counts[0] = ''
        more = max(len(finding.images), finding.boxes or 0) - SHOWN
        lines = [*finding.examples[:SHOWN], *([f'... and {more} more'] if more > 0 else []), finding.note]
        table.add_row(
            finding.check,
            *(Text(count, style='red' if finding.wrong else 'green') for count in counts),
            printable('\n'.join(line for line in lines if line)),
        )
    return table


def _generator(header: dict[str, Any]) -> str:
    generator = header['generator']
    return str(generator.get('type', generator)) if isinstance(generator, dict) else str(generator)


def _report(args: argparse.Namespace, store: ProposalStore | None, findings: list[StoreFinding]) -> dict[str, Any]:
    """What the table says, with all images."""
    kept = ('dataset', 'generator', 'images', 'boxes', 'checksum')
    return {
        'store': str(Path(args.store).absolute()),
        'images': args.images,
        'min': args.min,
        'min_side': args.min_side,
        'wrong': sum(bool(finding.wrong) for finding in findings),
        'header': {key: store.header[key] for key in kept} if store else None,
        'checks': [
            {
                'check': finding.check,
                'wrong': finding.wrong,
                'images': [printable(key) for key in finding.images],
                'boxes': finding.boxes,
                'examples': [printable(text) for text in finding.examples],
                'note': printable(finding.note),
            }
            for finding in findings
        ],
    }
