"""AP of each class, network by network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from mlkd.errors import MLKDError

from .figures import PALETTE, new_figure, tidy
from .gain_plot import short_count

#: Classes side by side, at most.
_ACROSS = 27


def class_precision_plot(
    names: Sequence[str], networks: Mapping[str, Sequence[float]], counts: Sequence[int]
) -> Figure:
    """Bars of AP per class, a colour per network; the class that the last network finds best is first.

    Args:
        names: Of the K classes.
        networks: By name of the network, AP of each class in percent, NaN where it is not known.
        counts: Images with the class.

    Returns:
        The figure; classes that do not fit side by side go on below.

    Raises:
        MLKDError: If there is no network or no class, or not as many numbers as classes.
    """
    lengths = [len(counts), *map(len, networks.values())]
    if not names or not networks or set(lengths) != {len(names)}:
        found = f'{len(names)} names, {lengths} numbers'
        raise MLKDError('Names and AP of the classes do not fit each other.', found=found)
    values = {name: np.asarray(one, np.float64) for name, one in networks.items()}
    best = np.nan_to_num(list(values.values())[-1], nan=-1.0)
    order = sorted(range(len(names)), key=lambda k: (-best[k], names[k]))
    rows = math.ceil(len(order) / _ACROSS)
    across = math.ceil(len(order) / rows)
    figure = new_figure(max(5.0, 0.9 + 0.36 * across), 2.9 * rows + 0.3)
    width = 0.84 / len(values)
    for row, axes in enumerate(figure.subplots(rows, 1, squeeze=False)[:, 0]):
        shown = order[row * across : (row + 1) * across]
        for place, (name, one) in enumerate(values.items()):
            left = np.arange(len(shown)) + (place + 0.5) * width - 0.42
            axes.bar(left, one[shown], width, color=PALETTE[place % len(PALETTE)], label=name)
        labels = [f'{names[k]}  {short_count(counts[k])}' for k in shown]
        axes.set_xticks(range(len(shown)), labels, rotation=90, parse_math=False)
        tidy(axes)
        axes.set_xlim(-0.6, across - 0.4)
        axes.set_ylim(0, 100)
        axes.set_ylabel('AP (%)', fontsize=8)
    legend = figure.axes[0].get_legend_handles_labels()
    figure.legend(*legend, loc='outside upper left', fontsize=8, frameon=False, ncols=4)
    return figure
