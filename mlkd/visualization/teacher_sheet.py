"""A sheet of images: what a teacher detects, and which boxes it weighs most."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .figures import PALETTE, caption, sheet_grid

_NOTE = (
    'Left: the best detections of each class that is in the image or that the teacher finds likely, after '
    'non-maximum suppression; dashed: the class is not in the image. White: annotated objects. Right: the proposals '
    'with the largest weight for each class that is in the image; the wider, the heavier; in brackets, the share of '
    'the class score p that these few boxes hold.'
)


@dataclass(frozen=True)
class ClassBoxes:
    """Boxes of one class in one image.

    Attributes:
        label: The class.
        boxes: float (n, 4), xyxy pixels of the image, best first.
        scores: float (n,).
        present: Whether the class is in the image.
        share: Of the teacher's score for the class, what these boxes hold; in [0, 1].
    """

    label: int
    boxes: np.ndarray
    scores: np.ndarray
    present: bool = True
    share: float = 0.0


@dataclass(frozen=True)
class TeacherItem:
    """One image of the sheet.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        name: What stands above it.
        objects: float (g, 4), boxes of the annotation, xyxy pixels.
        detected: Detections of each class to show.
        weighed: Proposals of each class to show.
    """

    image: np.ndarray
    name: str
    objects: np.ndarray
    detected: Sequence[ClassBoxes]
    weighed: Sequence[ClassBoxes]


def teacher_sheet(items: Sequence[TeacherItem], classes: Sequence[str], *, columns: int = 2, title: str = '') -> Figure:
    """Each image twice: with the teacher's detections, and with the proposals that it weighs most.

    Args:
        items: The images.
        classes: Names of the K classes.
        columns: Images side by side.
        title: Above the sheet.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no image.
    """
    columns = min(columns, max(len(items), 1))
    note = textwrap.fill(_NOTE, 100 * columns)
    figure, grid = sheet_grid(len(items), columns, (5.6, 2.45), 0.8, parts=(1, 1), title=title, note=note)
    for (left, right), item in zip(grid, items, strict=True):
        named = dict.fromkeys(group.label for group in (*item.weighed, *item.detected))
        colours = {label: PALETTE[place % len(PALETTE)] for place, label in enumerate(named)}
        _image(left, item, [item.name])
        _objects(left, item.objects)
        for group in reversed(item.detected):
            style = '-' if group.present else (0, (3, 2))
            for place in range(len(group.boxes), 0, -1):
                _box(left, group.boxes[place - 1], colours[group.label], 2.0 if place == 1 else 1.0, style)
            _label(left, group, classes, colours[group.label], item.image.shape)
        _image(right, item, [f'{classes[group.label]} ({100 * group.share:.0f} %)' for group in item.weighed])
        for group in reversed(item.weighed):
            heaviest = max([1e-12, *group.scores.tolist()])
            for box, score in reversed(list(zip(group.boxes, group.scores, strict=True))):
                _box(right, box, colours[group.label], 0.6 + 2.4 * score / heaviest, '-')
            _label(right, group, classes, colours[group.label], item.image.shape)
    return figure


def _image(axes: Axes, item: TeacherItem, text: Sequence[str]) -> None:
    height, width = item.image.shape[:2]
    axes.imshow(item.image[..., ::-1], interpolation='antialiased')
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    caption(axes, text)


def _objects(axes: Axes, boxes: np.ndarray) -> None:
    for x1, y1, x2, y2 in np.asarray(boxes, float).reshape(-1, 4) - 0.5:
        for colour, width in (('black', 1.8), ('white', 1.0)):
            axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=width))


def _box(axes: Axes, box: np.ndarray, colour: str, width: float, style: object) -> None:
    x1, y1, x2, y2 = np.asarray(box, float) - 0.5
    patch = Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=width)
    patch.set_linestyle(style)  # type: ignore[arg-type]
    axes.add_patch(patch)


def _label(axes: Axes, group: ClassBoxes, classes: Sequence[str], colour: str, shape: tuple[int, ...]) -> None:
    """Class and score at the best box."""
    if not len(group.boxes):
        return
    height, width = shape[:2]
    x1, y1 = np.maximum(group.boxes[0][:2], 0).tolist()
    # Above the box where there is room, as it would hide what small boxes show.
    above = y1 > 0.1 * height
    axes.text(
        min(x1 + 0.01 * width, 0.8 * width),
        y1 - 0.012 * height if above else y1 + 0.015 * height,
        f'{classes[group.label]} {group.scores[0]:.2f}',
        ha='left',
        va='bottom' if above else 'top',
        fontsize=6,
        color='white',
        clip_on=True,
        parse_math=False,
        bbox={'facecolor': colour, 'edgecolor': 'none', 'pad': 1.0},
    )
