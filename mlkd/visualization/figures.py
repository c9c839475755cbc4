"""What all figures share: style, and the way to a file."""

from __future__ import annotations

import io
import math
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlkd.errors import MLKDError
from mlkd.fileio import atomic_write

#: Colours that people who see red and green alike can tell apart (Okabe and Ito).
PALETTE = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
INK, MUTED, GRID = '#222222', '#8a8a8a', '#dddddd'
#: So many letters have room beside each other above a picture.
_CAPTION = 44


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of so many inches, drawn without a screen and without matplotlib's global state."""
    figure = Figure(figsize=(width, height), facecolor='white', layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def sheet_grid(
    count: int,
    columns: int,
    cell: tuple[float, float],
    margin: float = 0.0,
    *,
    parts: Sequence[float] = (1,),
    title: str = '',
    note: str = '',
) -> tuple[Figure, np.ndarray]:
    """A sheet for some images.

    Args:
        count: How many.
        columns: Images side by side.
        cell: Width and height of an image's place, in inches.
        margin: Height for title and note, in inches.
        parts: Relative widths of the pictures in an image's place.
        title: Above the sheet, as it is written.
        note: Below it.

    Returns:
        The figure, and its axes, without lines: (count, parts).

    Raises:
        MLKDError: If there is no image.
    """
    if not count:
        raise MLKDError('There is no image for the sheet of pictures.')
    rows = math.ceil(count / columns)
    figure = new_figure(cell[0] * columns, cell[1] * rows + margin)
    if title:
        figure.suptitle(title, fontsize=11, color=INK, x=0.01, ha='left', parse_math=False)
    if note:
        figure.supxlabel(note, fontsize=7.5, color=INK, x=0.01, ha='left')
    grid = figure.subplots(rows, columns * len(parts), squeeze=False, width_ratios=[*parts] * columns)
    for axes in grid.flat:
        axes.set_axis_off()
    return figure, grid.reshape(-1, len(parts))[:count]


def caption(axes: Axes, parts: Sequence[str]) -> None:
    """Put small text above a picture of :func:`sheet_grid`, in so many lines that it stays in the picture's place.

    Args:
        axes: Of the picture.
        parts: What is written; of several, none is parted that has room in a line.
    """
    # Text is broken at spaces; those inside of one of several parts are something else meanwhile.
    glued = [part.replace(' ', '\0') for part in parts] if len(parts) > 1 else parts
    text = textwrap.fill('   '.join(glued), _CAPTION, break_on_hyphens=False).replace('\0', ' ')
    axes.set_title(text, fontsize=7, color=INK, loc='left', pad=2, parse_math=False)


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
    with warnings.catch_warnings():
        # A name in letters that the font does not have is drawn as boxes; one warning per letter says no more.
        warnings.filterwarnings('ignore', 'Glyph .* missing from')
        figure.savefig(buffer, format='png', dpi=dpi, metadata={'Software': None})
    return buffer.getvalue()


def save_png(figure: Figure, path: str | Path, dpi: int = 140) -> Path:
    """Write the figure to a PNG file, whole or not at all."""
    with atomic_write(path, 'wb') as file:
        file.write(png(figure, dpi))
    return Path(path)
