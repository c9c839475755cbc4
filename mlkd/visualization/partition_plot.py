"""Which labels occur together, part by part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mlkd.errors import MLKDError

from .figures import INK, MUTED, PALETTE, new_figure

#: Inches per label, at which names of 6.5 points can be read; and of the smallest figure.
_CELL, _SMALLEST = 0.125, 3.2


def partition_plot(matrix: np.ndarray, names: Sequence[str], sizes: Sequence[int], title: str = '') -> Figure:
    """A matrix of labels with a numbered frame around each part.

    Args:
        matrix: float (C, C), in 0..1, in the order of ``names``: the mean of P(i|j) and P(j|i).
        names: C labels, those of a part beside each other.
        sizes: Number of labels of each part.
        title: Above the matrix.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is nothing to draw, or the sizes do not make up the labels.
    """
    if not len(names) == len(matrix) == sum(sizes) > 0:
        found = f'{len(names)} names, {len(matrix)} rows, parts of {list(sizes)}'
        raise MLKDError('The partition cannot be drawn.', found=found, expected='as many of each')
    side = max(_SMALLEST, _CELL * len(names))
    figure = new_figure(side + 2.2, side + 1.6)
    axes = figure.add_subplot()
    # Small shares are what parts are about; a root makes them visible beside large ones.
    image = axes.imshow(matrix, cmap='Greys', norm=PowerNorm(0.5, vmin=0, vmax=1), interpolation='nearest')
    size = 6.5 if len(names) > 30 else 8
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size, parse_math=False)
    axes.set_yticks(range(len(names)), names, fontsize=size, parse_math=False)
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_color(MUTED)
    edge = 0
    for number, count in enumerate(sizes):
        colour = PALETTE[number % len(PALETTE)]
        frame = [edge - 0.5, edge + count - 0.5]
        axes.plot(
            [frame[0], frame[1], frame[1], frame[0], frame[0]],
            [frame[0], frame[0], frame[1], frame[1], frame[0]],
            color=colour,
            linewidth=1.6,
            clip_on=False,
        )
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            for label in labels[edge : edge + count]:
                label.set_color(colour)
        axes.text(frame[1], frame[0], f' {number}', color=colour, fontsize=9, va='top', fontweight='bold')
        edge += count
    axes.set_title(title, fontsize=10, color=INK, loc='left', parse_math=False)
    bar = figure.colorbar(image, ax=axes, shrink=0.5, ticks=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 1])
    bar.set_label('mean of P(i|j) and P(j|i)', fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return figure
