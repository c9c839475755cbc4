"""What the boxes of several stores are like, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from mlkd.errors import MLKDError

from .figures import PALETTE, new_figure, tidy

_STYLES = ('-', '--', ':')
#: Entry of the statistics -> title and name of the x axis.
_PANELS = {
    'boxes_per_image': ('Boxes per image', 'boxes'),
    'area': ('Share of the image', 'log10 of box area / image area'),
    'aspect': ('Shape', 'log2 of width / height'),
    'score': ('Scores', 'score'),
}


def statistics_plot(stores: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Histograms: boxes per image, area, shape and score; a line for each store.

    Args:
        stores: By name, what :func:`mlkd.proposals.statistics.store_statistics` gives.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no store.
    """
    if not stores:
        raise MLKDError('There are no statistics to draw.')
    figure = new_figure(8.4, 5.4)
    for axes, (key, (title, name)) in zip(figure.subplots(2, 2).flat, _PANELS.items(), strict=True):
        for place, statistics in enumerate(stores.values()):
            if statistics[key] is None:
                continue
            fine = statistics[key]['fine']
            colour, style = PALETTE[place % len(PALETTE)], _STYLES[place // len(PALETTE) % len(_STYLES)]
            shares = [100 * share for share in fine['shares']]
            axes.stairs(shares, fine['edges'], color=colour, linestyle=style, linewidth=1.4)
        axes.set_title(title, fontsize=9, loc='left')
        axes.set_xlabel(name, fontsize=8)
        axes.set_ylabel('images (%)' if key == 'boxes_per_image' else 'boxes (%)', fontsize=8)
        axes.set_ylim(bottom=0)
        tidy(axes)
    lines = [
        figure.axes[0].plot([], [], color=PALETTE[p % len(PALETTE)], linestyle=_STYLES[p // len(PALETTE) % 3])[0]
        for p in range(len(stores))
    ]
    legend = figure.legend(lines, list(stores), loc='outside lower left', fontsize=8, frameon=False, ncols=2)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure
