"""``stats``: how many boxes there are, how large, of which shape, with which scores."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.apis.proposals.progress import progress
from mlkd.apis.proposals.sources import named_stores
from mlkd.console import console
from mlkd.fileio import write_json
from mlkd.proposals.statistics import store_statistics
from mlkd.visualization import TextTable, save_png, statistics_plot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('stores', nargs='+', metavar='NAME.mlkd', help='stores to look at')
    parser.add_argument('--json', metavar='FILE', help='write the numbers here')
    parser.add_argument('--png', metavar='FILE', help='draw histograms of all stores here')


def run(args: argparse.Namespace) -> int:
    """Print a table with a column for each store, and write files where asked to.

    Returns:
        Exit code.

    Raises:
        MLKDError: If a store cannot be read.
    """
    found = {}
    for name, store in named_stores(args.stores).items():
        with progress(name, 2 * len(store)) as advance:
            found[name] = store_statistics(store, advance)
    console.print(statistics_table(found).rich())
    if args.json:
        write_json(args.json, found)
    if args.png:
        console.print(f'Histograms: {save_png(statistics_plot(found), args.png)}')
    return 0


def statistics_table(found: Mapping[str, Mapping[str, Any]]) -> TextTable:
    """A row for each number, a column for each store.

    Args:
        found: By name of the store, what :func:`mlkd.proposals.statistics.store_statistics` gives.
    """
    columns = [dict(_rows(statistics)) for statistics in found.values()]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, *(column.get(name, '-') for column in columns)) for name in names]
    return TextTable('Proposals', ('', *found), tuple(rows))


def _rows(statistics: Mapping[str, Any]) -> list[tuple[str, str]]:
    generator, per_image, score = (statistics[key] for key in ('generator', 'boxes_per_image', 'score'))
    settings = generator if isinstance(generator, Mapping) else {'type': generator}
    rows = [('data set', statistics['dataset']), ('generator', str(settings.get('type', '-')))]
    rows.append(('settings', '\n'.join(f'{key}={value!r}' for key, value in settings.items() if key != 'type') or '-'))
    rows += [
        ('size on disk', f'{statistics["bytes"] / 2**20:.1f} MiB'),
        ('images', str(statistics['images'])),
        ('boxes', str(statistics['boxes'])),
    ]
    rows += [(f'per image: {key}', f'{value:.6g}') for key, value in per_image.items() if key != 'fine']
    rows += _shares('area, % of image', statistics['area'], 100)
    rows += _shares('width / height', statistics['aspect'])
    if statistics['side']:
        rows.append(('sides', '{shortest:.1f} to {longest:.1f} px'.format(**statistics['side'])))
    if score:
        rows.append(('scores', f'{score["min"]:.4g} to {score["max"]:.4g}' if score['distinct'] else f'{score["min"]}'))
        rows.append(('scores, mean', f'{score["mean"]:.4g}'))
        rows.append(('images in order of scores', f'{score["falling"]}'))
    return rows


def _shares(name: str, histogram: Mapping[str, Sequence[Any]], unit: float = 1) -> list[tuple[str, str]]:
    edges = [None if edge is None else f'{unit * edge:g}' for edge in histogram['edges']]
    rows = []
    for low, high, share in zip(edges, edges[1:], histogram['shares'], strict=False):
        between = f'over {low}' if high is None else f'{low} to {high}'
        rows.append((f'{name}: {between}', f'{100 * share:.1f} %'))
    return rows
