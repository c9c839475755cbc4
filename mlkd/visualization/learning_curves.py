"""How the stages of a run learned."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mlkd.errors import MLKDError

from .figures import INK, PALETTE, new_figure, tidy
from .scalars import Curves

#: Stages side by side, at most; losses of terms with lines of their own.
_ACROSS, _TERMS = 3, 6


def learning_curves(stages: Mapping[str, Curves], metric: str = 'mAP') -> Figure:
    """A column per stage: losses over iterations above, the metric over epochs below where it was measured.

    Stages that do not fit side by side go on below.

    Args:
        stages: Curves by name of the stage; stages without any are left out.
        metric: Which of the metrics.

    Returns:
        The figure.

    Raises:
        MLKDError: If no stage has curves.
    """
    shown = {name: curves for name, curves in stages.items() if curves.train or curves.val}
    if not shown:
        raise MLKDError('No stage has logged anything to draw.', found=list(stages))
    measured = any(_of_metric(curves, metric) for curves in shown.values())
    rows, across = 2 if measured else 1, min(len(shown), _ACROSS)
    bands = math.ceil(len(shown) / across)
    figure = new_figure(max(3.4 * across, 5.0), 2.4 * rows * bands)
    grid = figure.subplots(rows * bands, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, (name, curves) in enumerate(shown.items()):
        band, column = divmod(place, across)
        _losses(grid[rows * band][column], curves, name)
        if measured:
            _metric(grid[rows * band + 1][column], _of_metric(curves, metric), metric)
    return figure


def _losses(axes: Axes, curves: Curves, title: str) -> None:
    axes.set_axis_on()
    parts = [name for name in curves.train if 'loss' in name.split('.')[-1] and name != 'loss']
    for index, name in enumerate(['loss', *(parts if 1 < len(parts) <= _TERMS else [])]):
        values = curves.train.get(name, {})
        if values:
            colour, width = (INK, 1.6) if name == 'loss' else (PALETTE[(index - 1) % len(PALETTE)], 0.9)
            axes.plot(list(values), list(values.values()), color=colour, linewidth=width, label=name, marker='')
    axes.set_title(title, fontsize=9, loc='left')
    axes.set_xlabel('iteration', fontsize=8)
    tidy(axes)
    if axes.lines:
        axes.legend(fontsize=7, frameon=False)


def _metric(axes: Axes, values: Mapping[int, float], metric: str) -> None:
    if not values:
        return
    axes.set_axis_on()
    axes.plot(list(values), list(values.values()), color=PALETTE[0], linewidth=1.4, marker='o', markersize=3)
    axes.set_ylabel(f'{metric} (%)', fontsize=8)
    axes.set_xlabel('epoch', fontsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy(axes)


def _of_metric(curves: Curves, metric: str) -> dict[int, float]:
    """Values of a metric, with or without a prefix before its name."""
    names = [name for name in curves.val if name.split('/')[-1] == metric and name.split('/')[0][:3] != 'top']
    return curves.val[names[0]] if names else {}
