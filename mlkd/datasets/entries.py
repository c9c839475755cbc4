"""What an entry of a data set must be like, and the parts of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mlkd.errors import DataError

#: Pixels by which the boxes of the published annotations may leave their images through rounding; they are clipped.
OVERHANG = 2.0


def instance(
    corners: Sequence[float],
    label: int,
    ignore: bool,
    size: tuple[int, int] | None = None,
    *,
    area: float | None = None,
    crowd: bool = False,
) -> dict[str, Any]:
    """One object of an entry's ``instances``.

    Args:
        corners: x1, y1, x2, y2 in pixels, zero-based, x2 and y2 exclusive.
        label: Its class.
        ignore: Whether evaluation leaves it out (difficult, crowd).
        size: (height, width) of the image; a box that leaves it by no more than :data:`OVERHANG` is clipped to it.
        area: Pixels of the object itself, where the annotation has them; COCO's AP sorts objects into sizes by it.
        crowd: Whether the box holds a crowd, of which COCO's AP lets any number of detections lie inside.
    """
    x1, y1, x2, y2 = map(float, corners)
    if size is not None:
        height, width = size
        x1, y1 = (0.0 if -OVERHANG <= low < 0 else low for low in (x1, y1))
        x2, y2 = (
            end if end < high <= end + OVERHANG else high for high, end in ((x2, float(width)), (y2, float(height)))
        )
    known = {**({} if area is None else {'area': float(area)}), **({'crowd': 1} if crowd else {})}
    return {'bbox': [x1, y1, x2, y2], 'bbox_label': label, 'ignore_flag': int(ignore), **known}


def entry_errors(entries: Sequence[dict], classes: Sequence[str]) -> Iterator[DataError]:
    """What is wrong with the labels and boxes of entries.

    Args:
        entries: As ``load_data_list`` gives them.
        classes: Names of the K labels.
    """
    yield from label_errors(entries, classes)
    yield from box_errors(entries, len(classes))


def label_errors(entries: Sequence[dict], classes: Sequence[str]) -> Iterator[DataError]:
    """An error for each entry whose labels are not K values of -1, 0 and 1."""
    for entry in entries:
        label = np.asarray(entry['gt_label'])
        if label.shape != (len(classes),):
            yield DataError(
                'The label list of an image has a wrong length.',
                where=entry['img_path'],
                found=f'{label.size} labels' if label.ndim == 1 else f'shape {label.shape}',
                expected=f'{len(classes)} labels, one per class ({", ".join(map(str, classes[:3]))}, ...)',
                fix="mend the annotation, or name all classes in the data set's metainfo=dict(classes=[...])",
            )
        elif not (label.astype(np.int8) == label).all() or label.min() < -1 or label.max() > 1:
            yield DataError(
                'The labels of an image hold a value without a meaning.',
                where=entry['img_path'],
                found=sorted(set(label.tolist()) - {-1, 0, 1})[:5],
                expected='1 (present), 0 (absent) or -1 (ignore)',
            )


def box_errors(entries: Sequence[dict], num_classes: int) -> Iterator[DataError]:
    """An error for each box of the annotation that has no area, leaves its image or is of no class."""
    owners = [(i, j) for i, entry in enumerate(entries) for j in range(len(entry.get('instances', ())))]
    if not owners:
        return
    objects = [entries[i]['instances'][j] for i, j in owners]
    boxes = np.array([item['bbox'] for item in objects], np.float64)
    labels = np.array([item['bbox_label'] for item in objects])
    sizes = np.array([(entries[i].get('width', np.inf), entries[i].get('height', np.inf)) for i, _ in owners])
    finite = np.isfinite(boxes).all(1)
    wrong = {
        'A box of the annotation is not finite.': ~finite,
        'A box of the annotation has no area.': finite & (boxes[:, 2:] <= boxes[:, :2]).any(1),
        'A box of the annotation leaves its image.': finite & ((boxes[:, :2] < 0) | (boxes[:, 2:] > sizes)).any(1),
        'A box of the annotation is of no class.': (labels < 0) | (labels >= num_classes),
    }
    for what, rows in wrong.items():
        for row in np.flatnonzero(rows):
            index, number = owners[row]
            width, height = sizes[row]
            within = (
                f' <= {width:.0f}' if np.isfinite(width) else '',
                f' <= {height:.0f}' if np.isfinite(height) else '',
            )
            yield DataError(
                what,
                where=f'{entries[index]["img_path"]}, object {number}',
                found=f'xyxy {boxes[row].tolist()}, class {labels[row]}',
                expected=f'0 <= x1 < x2{within[0]}, 0 <= y1 < y2{within[1]}, 0 <= class < {num_classes}'
                ' (zero-based pixels, x2 and y2 exclusive)',
                fix='mend the annotation; look for swapped axes, or boxes of another size of the image',
            )
