"""A sheet of images: where networks see the classes, and where views are cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import INK, MUTED, sheet_grid
from .photo_drawing import heat_over

_NOTE = (
    'Colour: the class map, divided by its maximum, which stands beside the name of the class. Star and lines: the '
    'key point and how a view is cut there; a ring: the middle, as the map gives no key point.'
)
#: Inches that a picture is wide, and letters of the note in an inch.
_WIDTH, _LETTERS = 2.1, 14


@dataclass(frozen=True)
class ClassMap:
    """Where a network sees a class in an image.

    Attributes:
        label: The class.
        heat: float (H, W) in 0..1, at the pixels of the image.
        highest: Maximum of the raw map.
        key_point: x and y in pixels of the image where views are cut; None where they are not.
        fell_back: Whether that is the middle, as nothing was found.
    """

    label: int
    heat: np.ndarray
    highest: float
    key_point: tuple[float, float] | None = None
    fell_back: bool = False


@dataclass(frozen=True)
class CAMItem:
    """One image of the sheet.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        name: What stands above it.
        maps: The class maps of each network.
    """

    image: np.ndarray
    name: str
    maps: Sequence[Sequence[ClassMap]]


def cam_sheet(
    items: Sequence[CAMItem], classes: Sequence[str], networks: Sequence[str], *, title: str = '', note: str = ''
) -> Figure:
    """A row for each image: the image, then the class maps of each network.

    Args:
        items: The images.
        classes: Names of the K classes.
        networks: Names of the networks, as ``'before'`` and ``'after'``.
        title: Above the sheet.
        note: Before what the sheet says about itself, below it.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no image.
    """
    most = max((len(maps) for item in items for maps in item.maps), default=1)
    parts = 1 + most * len(networks)
    note = textwrap.fill(f'{note} {_NOTE}', int(_LETTERS * _WIDTH * parts))
    figure, grid = sheet_grid(len(items), 1, (_WIDTH * parts, 1.75), 0.7, parts=(1,) * parts, title=title, note=note)
    for row, item in zip(grid, items, strict=True):
        _picture(row[0], item.image[..., ::-1], item.name)
        for place, (name, maps) in enumerate(zip(networks, item.maps, strict=True)):
            for axes, one in zip(row[1 + place * most :], maps, strict=False):
                _class_map(axes, item.image, one, f'{name}: {classes[one.label]}' if name else classes[one.label])
    return figure


def _class_map(axes: Axes, image: np.ndarray, one: ClassMap, name: str) -> None:
    text = f'{name} {one.highest:.2g}' if one.highest > 0 else f'{name}, nowhere'
    _picture(axes, heat_over(image, one.heat)[..., ::-1] / 255, text)
    if one.key_point is None:
        return
    height, width = image.shape[:2]
    x, y = (place - 0.5 for place in one.key_point)
    for ends in (([x, x], [-0.5, height - 0.5]), ([-0.5, width - 0.5], [y, y])):
        for colour, line, dashes in (('black', 1.4, '-'), ('white', 0.7, (0, (4, 2)))):
            axes.plot(*ends, color=colour, linewidth=line, linestyle=dashes, alpha=0.5 if one.fell_back else 1)
    marker, inside, edge = ('o', 'none', MUTED) if one.fell_back else ('*', '#ffe14d', INK)
    axes.plot([x], [y], marker=marker, markersize=10, markerfacecolor=inside, markeredgecolor=edge)


def _picture(axes: Axes, image: np.ndarray, name: str) -> None:
    height, width = image.shape[:2]
    axes.imshow(image, interpolation='antialiased')
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    axes.set_title(name, fontsize=7, color=INK, loc='left', pad=2, parse_math=False)
