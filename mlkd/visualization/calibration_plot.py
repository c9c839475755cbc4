"""Whether scores are probabilities, as curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Reliability

from .figures import INK, MUTED, PALETTE, new_figure, tidy

#: Labels with curves of their own, and how many of them side by side.
_LABELS, _COLUMNS = 24, 8


def calibration_plot(networks: Mapping[str, Reliability], names: Sequence[str]) -> Figure:
    """Reliability curves: of each network over the cells of all labels, and of the first network for each label.

    Bars are numbers of images with such a score, on a logarithmic scale. Where there are many labels, those with the
    most positive images are drawn.

    Args:
        networks: Counts by name of the network.
        names: Of the K labels.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no network, or not as many names as labels.
    """
    if not networks or any(len(counts.counts) != len(names) for counts in networks.values()):
        found = f'{len(names)} names, labels {[len(counts.counts) for counts in networks.values()]}'
        raise MLKDError('Names and counts of the labels do not fit each other.', found=found)
    first = next(iter(networks.values()))
    shown = np.argsort(-first.positives.sum(axis=1), kind='stable')[:_LABELS]
    rows = math.ceil(len(shown) / _COLUMNS)
    figure = new_figure(10.5, 3.2 + 1.45 * rows)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[3.2, 1.45 * rows])[:, 0]
    _all_labels(above.subplots(1, 2, width_ratios=[1, 1.4]), networks)
    grid = below.subplots(rows, min(_COLUMNS, len(shown)), squeeze=False, sharex=True, sharey=True).ravel()
    for axes, k in zip(grid, shown, strict=False):
        _curve(axes, first, int(k), PALETTE[0], 1.0)
        axes.set_title(f'{names[k]}  {100 * first.error[k]:.1f}', fontsize=7, loc='left', pad=2, parse_math=False)
        tidy(axes, 'both')
        axes.tick_params(labelsize=6)
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    return figure


def _all_labels(pair: np.ndarray, networks: Mapping[str, Reliability]) -> None:
    curves, bars = pair
    width = 0.8 / len(networks)
    for place, (name, counts) in enumerate(networks.items()):
        pooled, colour = counts.pooled(), PALETTE[place % len(PALETTE)]
        _curve(curves, pooled, 0, colour, 1.6, f'{name}: error {100 * pooled.error[0]:.1f}')
        bins = np.arange(len(pooled.counts[0]))
        bars.bar(bins + (place + 0.5) * width - 0.4, pooled.counts[0], width, color=colour)
    curves.set_xlabel('mean score', fontsize=8)
    curves.set_ylabel('share that have the label', fontsize=8)
    curves.legend(fontsize=7, frameon=False, loc='upper left')
    edges = next(iter(networks.values())).edges
    bars.set_yscale('log')
    bars.set_xticks(np.arange(len(edges)) - 0.5, [f'{edge:g}' for edge in edges])
    bars.set_xlabel('score', fontsize=8)
    bars.set_ylabel('images x labels', fontsize=8)
    tidy(curves, 'both')
    tidy(bars)


def _curve(axes: Axes, counts: Reliability, k: int, colour: str, width: float, label: str | None = None) -> None:
    filled = counts.counts[k] > 0
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.7, linestyle=(0, (3, 3)))
    predicted, observed = counts.predicted[k][filled], counts.observed[k][filled]
    axes.plot(predicted, observed, color=colour, linewidth=width, label=label)
    # Larger where there are more images: what few say is not much.
    sizes = 2 + 3 * np.log10(counts.counts[k][filled])
    axes.scatter(predicted, observed, s=sizes * width, color=colour, edgecolors=INK, linewidths=0.2, zorder=3)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
