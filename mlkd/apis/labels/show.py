"""Says and draws which label implies which."""

from __future__ import annotations

import argparse

import numpy as np
from rich.table import Table

from mlkd.console import console
from mlkd.datasets.class_names import label_names
from mlkd.partition import read_counts
from mlkd.partition.adjacency import adjacency, edges, implications
from mlkd.visualization import label_graph_plot, save_png


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('counts', help='file of counts, as of make (.npz, .json, .pkl)')
    parser.add_argument('--tau', type=float, default=0.4, help='label i implies label j from P(j|i) on (default 0.4)')
    parser.add_argument(
        '--statistics',
        choices=('counted', 'nuswide_released', 'apparel_released'),
        default='counted',
        help="with the faults of MSRN's published files (default: as counted)",
    )
    parser.add_argument('--order', metavar='NAME', help='order of labels in a file that does not name them')
    parser.add_argument('--out', default='labels.png', metavar='FILE', help='PNG file (default labels.png)')


def run(args: argparse.Namespace) -> int:
    """Print the edges and draw matrix and graph.

    Raises:
        MLKDError: If the file or an argument is wrong, or a label is in no image.
    """
    counts = read_counts(args.counts, None if args.order is None else label_names(args.order))
    given = implications(counts, args.statistics)
    links = edges(adjacency(counts, args.tau, kind=args.statistics))
    table = Table(title=f'{counts.dataset}: labels that imply others, P(j | i) >= {args.tau:g}')
    for head in ('label', 'images', 'implies'):
        table.add_column(head, justify='right' if head == 'images' else 'left')
    for i in sorted({i for i, _ in links}):
        ends = sorted((j for start, j in links if start == i), key=lambda j: -given[i, j])
        text = ', '.join(f'{counts.classes[j]} {given[i, j]:.2f}' for j in ends)
        table.add_row(counts.classes[i], str(counts.images[i]), text)
    console.print(table)
    reached = len({j for _, j in links})
    console.print(f'{len(links)} edges; {reached} of {counts.num_classes} labels are implied by another.')
    title = f'{counts.dataset}, tau {args.tau:g}' + ('' if args.statistics == 'counted' else f', {args.statistics}')
    figure = label_graph_plot(counts.classes, np.asarray(given), links, title)
    console.print(f'Picture: {save_png(figure, args.out)}')
    return 0
