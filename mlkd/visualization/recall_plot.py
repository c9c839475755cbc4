"""Recall of several sets of proposals, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from mlkd.errors import MLKDError

from .figures import PALETTE, new_figure, tidy

#: x and y of a line.
Line = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]
_STYLES = ('-', '--', ':')


def recall_plot(panels: Mapping[str, tuple[str, Mapping[str, Line]]]) -> Figure:
    """A panel for each way to look at recall, with a line for each set of proposals.

    Args:
        panels: By title: name of the x axis, and by name of the proposals x and recall in percent. An axis that
            reaches above 10 is logarithmic.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is nothing to draw.
    """
    if not panels or not all(lines for _, lines in panels.values()):
        raise MLKDError('There is no recall to draw.', found=list(panels))
    figure = new_figure(3.6 * len(panels), 3.4)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (name, lines)) in zip(grid, panels.items(), strict=True):
        for place, (label, (x, y)) in enumerate(lines.items()):
            colour, style = PALETTE[place % len(PALETTE)], _STYLES[place // len(PALETTE) % len(_STYLES)]
            axes.plot(x, y, color=colour, linestyle=style, linewidth=1.5, label=label)
        axes.set_title(title, fontsize=9, loc='left')
        axes.set_xlabel(name, fontsize=8)
        axes.set_ylabel('recall (%)', fontsize=8)
        axes.set_ylim(0, 100)
        tidy(axes, 'both')
        _limit(axes, max(float(np.max(x)) for x, _ in lines.values()))
    legend = figure.legend(
        *grid[0].get_legend_handles_labels(), loc='outside lower left', fontsize=8, frameon=False, ncols=3
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _limit(axes: Axes, most: float) -> None:
    axes.margins(x=0)
    if most > 10:
        axes.set_xscale('log')
        steps = [step for step in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if step <= most]
        axes.xaxis.set_major_locator(FixedLocator(steps))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticklabels([str(step) for step in steps])
