"""A sheet of pictures: what the teacher sees, what the student says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .figures import INK, MUTED, PALETTE, sheet_grid

_NOTE = (
    'Boxes: the best one of each class that the teacher finds likely. Bars: the student. Bold: is in the image. '
    'Dashed: threshold.'
)


@dataclass(frozen=True)
class SheetItem:
    """One image of a sheet.

    Attributes:
        image: uint8 (H, W, 3), BGR.
        boxes: float (n, 4), xyxy pixels of ``image``: the teacher's, the best first.
        box_classes: (n,) class of each box.
        box_scores: (n,) score of each box.
        scores: (K,) the student's scores in [0, 1].
        present: Classes that are in the image; None where nobody knows.
    """

    image: np.ndarray
    boxes: np.ndarray
    box_classes: Sequence[int]
    box_scores: Sequence[float]
    scores: np.ndarray
    present: frozenset[int] | None


def best_boxes(
    boxes: np.ndarray, classes: np.ndarray, scores: np.ndarray, image_scores: np.ndarray, most: int = 3
) -> list[int]:
    """Which of a teacher's detections to show: the best of each class that it finds likely.

    Args:
        boxes: (n, 4), after non-maximum suppression.
        classes: (n,).
        scores: (n,).
        image_scores: (K,): the teacher's score of each class for the whole image.
        most: At most so many classes: those that score highest, and at least a fifth of the first of them.

    Returns:
        Indices of the boxes, the class that scores highest first.
    """
    likely = [k for k in np.argsort(-image_scores, kind='stable')[:most] if image_scores[k] * 5 >= image_scores.max()]
    chosen = []
    for k in likely:
        of_class = np.flatnonzero(np.asarray(classes) == k)
        if len(of_class) and len(boxes):
            chosen.append(int(of_class[np.argmax(np.asarray(scores)[of_class])]))
    return chosen


def picture_sheet(
    items: Sequence[SheetItem],
    classes: Sequence[str],
    *,
    columns: int = 2,
    threshold: float | Sequence[float] = 0.5,
    top: int = 5,
    title: str = 'What the teacher sees, and what the student says',
    note: str = _NOTE,
) -> Figure:
    """Each image with the teacher's boxes, and beside it the labels that the student gives most.

    Args:
        items: The images.
        classes: Names of the K classes.
        columns: Images side by side.
        threshold: The student says that a class is present where it scores above; one, or (K,) for each its own.
        top: Classes to list per image; those that are present are listed even if they score less.
        title: Above the sheet.
        note: Below it.

    Returns:
        The figure.

    Raises:
        MLKDError: If there is no image.
    """
    thresholds = np.broadcast_to(np.asarray(threshold, np.float64), len(classes))
    figure, grid = sheet_grid(len(items), columns, (5.6, 2.35), 0.6, parts=(1.25, 1), title=title, note=note)
    for (left, right), item in zip(grid, items, strict=True):
        colours = {k: PALETTE[place % len(PALETTE)] for place, k in enumerate(dict.fromkeys(item.box_classes))}
        _teacher(left, item, classes, colours)
        _student(right, item, classes, colours, thresholds, top)
    return figure


def _teacher(axes: Axes, item: SheetItem, classes: Sequence[str], colours: dict[int, str]) -> None:
    height, width = item.image.shape[:2]
    axes.imshow(item.image[..., ::-1], interpolation='antialiased')
    # The best box is drawn last, on top.
    for box, k, score in reversed(list(zip(item.boxes, item.box_classes, item.box_scores, strict=True))):
        x1, y1, x2, y2 = np.clip(box, 0, [width, height, width, height]) - 0.5
        for colour, line in (('white', 3.4), (colours[k], 2.0)):
            axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour, linewidth=line))
        # Above the box where there is room, as it would hide what small boxes show.
        above = y1 > 0.1 * height
        axes.text(
            x1 + 0.01 * width,
            y1 - 0.012 * height if above else y1 + 0.01 * height,
            f'{classes[k]} {score:.2f}',
            ha='left',
            va='bottom' if above else 'top',
            fontsize=6.5,
            color='white',
            clip_on=True,
            bbox={'facecolor': colours[k], 'edgecolor': 'none', 'pad': 1.2},
        )
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)


def _student(
    axes: Axes, item: SheetItem, classes: Sequence[str], colours: dict[int, str], thresholds: np.ndarray, top: int
) -> None:
    present = item.present or frozenset()
    order = np.argsort(-item.scores, kind='stable')
    missed = [k for k in order[top:] if k in present]
    shown = [*order[: top - min(len(missed), top - 1)], *missed[: top - 1]]
    for row, k in enumerate(shown):
        score, here = float(item.scores[k]), k in present
        axes.barh(row, 1, height=0.34, color='#f0f0f0')
        said = PALETTE[0] if item.present is None and score > thresholds[k] else MUTED
        axes.barh(row, score, height=0.34, color=colours.get(k, said))
        mark = ('✓' if here or item.present is None else '✗') if score > thresholds[k] else ('missed' if here else '')
        axes.text(0, row - 0.22, classes[k], fontsize=7.5, color=INK, va='bottom', weight='bold' if here else 'normal')
        axes.text(1, row - 0.22, f'{mark}  {score:.2f}', fontsize=7.5, color=INK, va='bottom', ha='right')
        if 0 <= thresholds[k] <= 1:
            axes.plot([thresholds[k]] * 2, [row - 0.3, row + 0.3], color=INK, linewidth=0.7, linestyle=(0, (2, 2)))
    axes.set_xlim(-0.04, 1.04)
    axes.set_ylim(max(len(shown), top) - 0.6, -0.85)
