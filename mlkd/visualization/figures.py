"""What all figures share: style, and the way to a file."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlkd.fileio import atomic_write

#: Colours that people who see red and green alike can tell apart (Okabe and Ito).
PALETTE = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
INK, MUTED, GRID = '#222222', '#8a8a8a', '#dddddd'


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of so many inches, drawn without a screen and without matplotlib's global state."""
    figure = Figure(figsize=(width, height), facecolor='white', layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes, grid: str = 'y') -> None:
    """Leave the lines of an axes that help to read it."""
    axes.spines[['top', 'right']].set_visible(False)
    axes.spines[['left', 'bottom']].set_color(MUTED)
    axes.tick_params(colors=INK, labelsize=8, length=2)
    axes.grid(axis=grid, color=GRID, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def png(figure: Figure, dpi: int = 140) -> bytes:
    """The figure as a PNG file's bytes; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=dpi, metadata={'Software': None})
    return buffer.getvalue()


def save_png(figure: Figure, path: str | Path, dpi: int = 140) -> Path:
    """Write the figure to a PNG file, whole or not at all."""
    with atomic_write(path, 'wb') as file:
        file.write(png(figure, dpi))
    return Path(path)
