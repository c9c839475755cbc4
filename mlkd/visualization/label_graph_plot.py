"""Which label implies which: as a matrix and as a graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from .figures import INK, MUTED, PALETTE, new_figure


def label_graph_plot(
    classes: Sequence[str], given: np.ndarray, edges: Sequence[tuple[int, int]], title: str = ''
) -> Figure:
    """Draw the conditional probabilities, and the graph of those that reached the threshold.

    Args:
        classes: Names of the K labels.
        given: P(j | i) (K, K).
        edges: Pairs (i, j): label i implies label j.
        title: Above the drawing.

    Returns:
        The figure: left the matrix, a dot where there is an edge; right the labels on a circle with their edges.
    """
    size = 6 + 0.09 * max(0, len(classes) - 20)
    figure = new_figure(2 * size, size + 0.7)
    if title:
        figure.suptitle(title, fontsize=11, color=INK, x=0.01, ha='left', parse_math=False)
    # Without room below, the layout lets long names of columns run out of the figure.
    figure.set_layout_engine('constrained', rect=(0, 0.04, 1, 0.95))
    left, right = figure.subplots(1, 2)
    _matrix(left, classes, given, edges)
    _ring(right, classes, edges)
    return figure


def _matrix(axes: Axes, classes: Sequence[str], given: np.ndarray, edges: Sequence[tuple[int, int]]) -> None:
    shown = np.where(np.eye(len(classes), dtype=bool), np.nan, given)
    image = axes.imshow(shown, cmap='Blues', vmin=0, vmax=1)
    if edges:
        rows, columns = zip(*edges, strict=True)
        axes.plot(columns, rows, 'o', color=PALETTE[1], markersize=_font(classes) / 2)
    axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=_font(classes))
    axes.set_yticks(range(len(classes)), classes, fontsize=_font(classes))
    axes.tick_params(length=0, colors=INK)
    axes.spines[:].set_visible(False)
    axes.set_title('P(column | row); dots: edges', fontsize=9, color=INK)
    axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.01).ax.tick_params(labelsize=7)  # type: ignore[union-attr]


def _ring(axes: Axes, classes: Sequence[str], edges: Sequence[tuple[int, int]]) -> None:
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(classes)) / len(classes)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ends = {j for _, j in edges}
    linked = ends | {i for i, _ in edges}
    for i, j in edges:
        arrow = FancyArrowPatch(
            tuple(places[i]),
            tuple(places[j]),
            arrowstyle='-|>',
            mutation_scale=8,
            shrinkA=3,
            shrinkB=4,
            connectionstyle='arc3,rad=0.15',
            color=PALETTE[sorted(ends).index(j) % len(PALETTE)],
            linewidth=0.8,
            alpha=0.7,
        )
        axes.add_patch(arrow)
    for index, (name, (x, y)) in enumerate(zip(classes, places, strict=True)):
        colour = INK if index in linked else MUTED
        axes.plot(x, y, 'o', color=colour, markersize=5 if index in ends else 3)
        turned = np.degrees(angles[index]) % 360
        away = 90 < turned < 270
        axes.text(
            1.04 * x,
            1.04 * y,
            name,
            rotation=turned - 180 if away else turned,
            rotation_mode='anchor',
            ha='right' if away else 'left',
            va='center',
            fontsize=_font(classes) + 1,
            color=colour,
            parse_math=False,
        )
    axes.set_xlim(-1.35, 1.35)
    axes.set_ylim(-1.35, 1.35)
    axes.set_aspect('equal')
    axes.set_axis_off()
    axes.set_title('an arrow from a label to what it implies', fontsize=9, color=INK)


def _font(classes: Sequence[str]) -> float:
    return 7.5 if len(classes) <= 30 else 4.5
