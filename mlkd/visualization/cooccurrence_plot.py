"""Which labels occur together, and which a network says together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mlkd.errors import MLKDError

from .figures import INK, MUTED, new_figure


def cooccurrence_plot(names: Sequence[str], truth: np.ndarray, said: np.ndarray) -> Figure:
    """Two matrices side by side: P(column | row) in truth, and as a network says it.

    Args:
        names: Of the K labels.
        truth: (K, K), NaN where a row has no image.
        said: The same of what the network says.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no label, or the matrices are not of that size.
    """
    shape = (len(names), len(names))
    if not names or truth.shape != shape or said.shape != shape:
        found = f'{len(names)} names, matrices {truth.shape} and {said.shape}'
        raise MLKDError('Names and matrices of the labels do not fit each other.', found=found)
    side = max(2.6, 0.115 * len(names))
    figure = new_figure(2 * side + 2.0, side + 1.2)
    size = 6.5 if len(names) <= 24 else 5.5
    both = figure.subplots(1, 2, sharey=True)
    for axes, title, matrix in zip(both, ('in truth', 'as the network says'), (truth, said), strict=True):
        shown = np.where(np.eye(len(names), dtype=bool), np.nan, matrix)
        # Small shares are most of them; a root makes them visible beside large ones.
        image = axes.imshow(shown, cmap='Blues', norm=PowerNorm(0.5, vmin=0, vmax=1), interpolation='nearest')
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size, parse_math=False)
        axes.set_yticks(range(len(names)), names, fontsize=size, parse_math=False)
        axes.tick_params(length=0, colors=INK, pad=2)
        axes.spines[:].set_color(MUTED)
        axes.set_title(title, fontsize=9, color=INK, loc='left')
    bar = figure.colorbar(image, ax=both, shrink=0.6, pad=0.01, ticks=[0, 0.05, 0.25, 0.5, 1])
    bar.set_label('P(column | row)', fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return figure
