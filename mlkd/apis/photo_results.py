"""What a network says of photos: choosing what to show, tables, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from mlkd.fileio import atomic_write, printable, write_json


@dataclass(frozen=True)
class PhotoResult:
    """What a network says of one photo.

    Attributes:
        photo: Its path.
        scores: (K,), one per label, in 0..1.
        boxes: float (n, 4), xyxy pixels of the photo, best first; None where the network is no detector.
        box_labels: (n,) position of each box's label.
        box_scores: (n,).
    """

    photo: Path
    scores: np.ndarray
    boxes: np.ndarray | None = None
    box_labels: np.ndarray | None = None
    box_scores: np.ndarray | None = None

    @classmethod
    def of(cls, photo: Path, sample: Any) -> PhotoResult:
        """From the sample that a network has made of ``photo``."""
        found = sample.get('pred_instances')
        if found is None:
            return cls(photo, sample.pred_score.numpy())
        boxes, labels, scores = (found[key].numpy() for key in ('bboxes', 'labels', 'scores'))
        return cls(photo, sample.pred_score.numpy(), boxes, labels, scores)

    def labels(self, threshold: float) -> np.ndarray:
        """Positions of the labels that score above ``threshold``."""
        return np.flatnonzero(self.scores > threshold)

    def shown_boxes(self, threshold: float, share: float) -> list[int]:
        """Rows of the boxes to show: of labels above ``threshold``, those that come near the best of their label.

        WSDDN divides a label's score among the boxes of an image, so that no fixed score tells good boxes from others.

        Args:
            threshold: See :meth:`labels`.
            share: A box counts from this share of the score of its label's best box on, 0 to 1.
        """
        if self.boxes is None or self.box_labels is None or self.box_scores is None:
            return []
        best = {int(k): self.box_scores[self.box_labels == k].max() for k in np.unique(self.box_labels)}
        said = set(self.labels(threshold).tolist())
        rows = zip(self.box_labels.tolist(), self.box_scores, strict=True)
        return [row for row, (k, score) in enumerate(rows) if k in said and score >= share * best[k]]

    def record(self, classes: Sequence[str], threshold: float) -> dict[str, Any]:
        """As JSON: image, labels, score of each class, and all boxes where the network is a detector."""
        record = {
            'image': printable(self.photo),
            'labels': [classes[k] for k in self.labels(threshold)],
            'scores': dict(zip(classes, self.scores.tolist(), strict=True)),
        }
        if self.boxes is not None:
            record['boxes'] = [
                {'label': label, 'score': score, 'bbox': box} for label, score, *box in self.box_rows(classes)
            ]
        return record

    def box_rows(self, classes: Sequence[str]) -> list[list]:
        """Label, score, x1, y1, x2, y2 of each box, the best first."""
        if self.boxes is None or self.box_labels is None or self.box_scores is None:
            return []
        boxes = zip(self.box_labels.tolist(), self.box_scores.tolist(), self.boxes.tolist(), strict=True)
        return [[classes[k], score, *box] for k, score, box in boxes]


def box_table(result: PhotoResult, classes: Sequence[str], rows: Sequence[int]) -> Table:
    """The boxes of some rows, for a terminal."""
    table = Table(box=None, padding=(0, 2))
    for head in ('label', 'score', 'x1', 'y1', 'x2', 'y2'):
        table.add_column(head, justify='left' if head == 'label' else 'right')
    content = result.box_rows(classes)
    for row in rows:
        label, score, *box = content[row]
        table.add_row(label, f'{score:.3f}', *(f'{x:.0f}' for x in box))
    return table


def write_results(path: Path, results: Sequence[PhotoResult], classes: Sequence[str], threshold: float) -> list[Path]:
    """Write what was found of all photos.

    Args:
        path: ``.json``: one record per photo. ``.csv``: a row per photo with labels and the score of each class, and
            for a detector a second file, ``NAME_boxes.csv``, with a row per box.
        results: One per photo.
        classes: Names of the labels.
        threshold: Labels score above it.

    Returns:
        The files.
    """
    if path.suffix == '.json':
        write_json(path, [result.record(classes, threshold) for result in results])
        return [path]
    rows = [
        [
            printable(result.photo),
            ';'.join(classes[k] for k in result.labels(threshold)),
            *(f'{x:.6f}' for x in result.scores),
        ]
        for result in results
    ]
    _write_csv(path, ['image', 'labels', *classes], rows)
    if all(result.boxes is None for result in results):
        return [path]
    boxes = [
        [printable(result.photo), label, f'{score:.6f}', *(f'{x:.2f}' for x in box)]
        for result in results
        for label, score, *box in result.box_rows(classes)
    ]
    second = path.with_name(f'{path.stem}_boxes.csv')
    _write_csv(second, ['image', 'label', 'score', 'x1', 'y1', 'x2', 'y2'], boxes)
    return [path, second]


def _write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence]) -> None:
    text = io.StringIO(newline='')
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(head)
    writer.writerows(rows)
    with atomic_write(path) as file:
        file.write(text.getvalue())
