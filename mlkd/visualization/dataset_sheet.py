"""A sheet of images with the boxes of their annotation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from .figures import INK, PALETTE, png, sheet_grid


@dataclass(frozen=True)
class AnnotatedImage:
    """One image of the sheet.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        labels: Classes that are present.
        boxes: float (n, 4), xyxy pixels.
        box_classes: (n,) class of each box.
        difficult: (n,) whether evaluation leaves the object out.
    """

    image: np.ndarray
    labels: Sequence[int]
    boxes: np.ndarray
    box_classes: Sequence[int]
    difficult: Sequence[bool]


def dataset_sheet(images: Sequence[AnnotatedImage], classes: Sequence[str], *, columns: int = 4) -> Figure:
    """Each image with its boxes, dashed where the object is difficult, and its labels below it.

    Args:
        images: What to show.
        classes: Names of the K classes.
        columns: Images side by side.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no image.
    """
    figure, grid = sheet_grid(len(images), columns, (2.0, 2.3))
    for (axes,), item in zip(grid, images, strict=True):
        colours = {k: PALETTE[place % len(PALETTE)] for place, k in enumerate(item.labels)}
        axes.imshow(item.image[..., ::-1], interpolation='antialiased')
        for box, k, difficult in zip(item.boxes, item.box_classes, item.difficult, strict=True):
            x1, y1, x2, y2 = np.asarray(box) - 0.5
            for colour, width, line in (('white', 2.6, '-'), (colours[k], 1.4, ':' if difficult else '-')):
                axes.add_patch(
                    Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=width, linestyle=line)
                )
        for place, k in enumerate(item.labels[:6]):
            axes.text(
                0.5 * (place % 2),
                -0.02 - 0.085 * (place // 2),
                f'■ {classes[k]}',
                color=colours[k],
                fontsize=7,
                va='top',
                transform=axes.transAxes,
            )
        if not item.labels:
            axes.text(0, -0.02, 'no label', color=INK, fontsize=7, va='top', transform=axes.transAxes)
    return figure


def small_png(figure: Figure, dpi: int = 90, colours: int = 96) -> bytes:
    """The figure as the bytes of a PNG file with so many colours, a third as large as one with all."""
    picture = Image.open(io.BytesIO(png(figure, dpi))).convert('RGB')
    buffer = io.BytesIO()
    picture.quantize(colours, dither=Image.Dither.NONE).save(buffer, format='PNG', optimize=True)
    return buffer.getvalue()
