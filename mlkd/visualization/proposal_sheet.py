"""A sheet of images with their best proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from .figures import caption, sheet_grid

#: From the first box to the last.
_COLOURS = colormaps['plasma_r']


@dataclass(frozen=True)
class ProposedImage:
    """One image of the sheet.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        boxes: float (n, 4), xyxy pixels of ``image``: those to draw, best first.
        scores: float (n,).
        caption: What stands below it.
    """

    image: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    caption: str


def proposal_sheet(images: Sequence[ProposedImage], *, columns: int = 4, title: str = '') -> Figure:
    """Images with boxes coloured by their place in the list, the best on top.

    Args:
        images: What to show.
        columns: Images side by side.
        title: Above the sheet.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no image.
    """
    columns = min(columns, max(len(images), 1))
    figure, grid = sheet_grid(len(images), columns, (max(2.9, 4.0 / columns), 2.5), 0.7, title=title)
    most = max(1, *(len(item.boxes) for item in images))
    place = Normalize(1, max(2, most))
    for (axes,), item in zip(grid, images, strict=True):
        _draw(axes, item, place)
    bar = figure.colorbar(
        ScalarMappable(place, _COLOURS), ax=figure.axes, location='bottom', aspect=60, shrink=0.5, pad=0.02
    )
    bar.set_label('place of the box in the list', fontsize=8)
    bar.ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    bar.ax.tick_params(labelsize=7, length=2)
    return figure


def _draw(axes: Axes, item: ProposedImage, place: Normalize) -> None:
    height, width = item.image.shape[:2]
    axes.imshow(item.image[..., ::-1], interpolation='antialiased')
    for rank in range(len(item.boxes), 0, -1):
        x1, y1, x2, y2 = np.asarray(item.boxes[rank - 1], float) - 0.5
        colour, line = _COLOURS(place(rank)), 1.8 if rank <= 3 else 1.0
        axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=line))
    # A box outside of the image shall be seen.
    axes.set_xlim(-0.5 - 0.02 * width, width * 1.02 - 0.5)
    axes.set_ylim(height * 1.02 - 0.5, -0.5 - 0.02 * height)
    caption(axes, [item.caption])
