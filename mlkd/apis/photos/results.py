"""What a network says of photos: choosing what to show, tables, files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from mlkd.errors import ConfigError, MLKDError
from mlkd.fileio import atomic_write, printable, write_json

#: Of files that results are written to.
SUFFIXES = ('.csv', '.json')


@dataclass(frozen=True)
class PhotoResult:
    """What a network says of one photo.

    Attributes:
        photo: Its path; of an array its place among those given, ``0``.
        classes: Names of the K labels.
        scores: float32 (K,), one per label, in 0..1.
        thresholds: float64 (K,): a label is said to be present where it scores above its own.
        boxes: float (n, 4), xyxy pixels of the photo, best first; None where the network is no detector.
        box_labels: (n,) position of each box's label.
        box_scores: (n,).
    """

    photo: Path
    classes: tuple[str, ...]
    scores: np.ndarray
    thresholds: np.ndarray
    boxes: np.ndarray | None = None
    box_labels: np.ndarray | None = None
    box_scores: np.ndarray | None = None

    @classmethod
    def of(cls, photo: Path, sample: Any, classes: Sequence[str], thresholds: Sequence[float]) -> PhotoResult:
        """From the sample that a network has made of ``photo``."""
        own = cls(photo, tuple(classes), sample.pred_score.numpy(), np.asarray(thresholds, np.float64))
        found = sample.get('pred_instances')
        if found is None:
            return own
        boxes, labels, scores = (found[key].numpy() for key in ('bboxes', 'labels', 'scores'))
        return replace(own, boxes=boxes, box_labels=labels, box_scores=scores)

    @property
    def passed(self) -> list[int]:
        """Positions of the labels that score above their thresholds, the best first."""
        order = np.argsort(-self.scores, kind='stable')
        # In float64, where a threshold stays what it is.
        return [int(k) for k in order if np.float64(self.scores[k]) > self.thresholds[k]]

    @property
    def labels(self) -> dict[str, float]:
        """The labels that score above their thresholds with their scores, the best first."""
        return {self.classes[k]: float(self.scores[k]) for k in self.passed}

    def best(self, count: int) -> PhotoResult:
        """The same with thresholds that so many labels pass at most: the best of those that pass now."""
        thresholds = np.full(len(self.scores), np.inf)
        thresholds[self.passed[:count]] = self.thresholds[self.passed[:count]]
        return replace(self, thresholds=thresholds)

    def shown_boxes(self, share: float) -> list[int]:
        """Rows of the boxes to show: of labels that passed, those that come near the best of their label.

        WSDDN divides a label's score among the boxes of an image, so that no fixed score tells good boxes from others.

        Args:
            share: A box counts from this share of the score of its label's best box on, 0 to 1.
        """
        if self.boxes is None or self.box_labels is None or self.box_scores is None:
            return []
        best = {int(k): self.box_scores[self.box_labels == k].max() for k in np.unique(self.box_labels)}
        said = set(self.passed)
        rows = zip(self.box_labels.tolist(), self.box_scores, strict=True)
        return [row for row, (k, score) in enumerate(rows) if k in said and score >= share * best[k]]

    def record(self) -> dict[str, Any]:
        """As JSON: image, labels, score of each class, and all boxes where the network is a detector."""
        record: dict[str, Any] = {
            'image': printable(self.photo),
            'labels': list(self.labels),
            'scores': dict(zip(self.classes, self.scores.tolist(), strict=True)),
        }
        if self.boxes is not None:
            record['boxes'] = [{'label': label, 'score': score, 'bbox': box} for label, score, *box in self.box_rows()]
        return record

    def box_rows(self) -> list[list]:
        """Label, score, x1, y1, x2, y2 of each box, the best first."""
        if self.boxes is None or self.box_labels is None or self.box_scores is None:
            return []
        boxes = zip(self.box_labels.tolist(), self.box_scores.tolist(), self.boxes.tolist(), strict=True)
        return [[self.classes[k], score, *box] for k, score, box in boxes]


class PhotoResults(list[PhotoResult]):
    """Results of photos, in their order, without those that are broken.

    Attributes:
        broken: What is wrong with each of the others, by its path.
    """

    def __init__(self) -> None:
        super().__init__()
        self.broken: dict[Path, MLKDError] = {}


def label_table(results: Sequence[PhotoResult], share: float | None = None) -> Table:
    """A row per label that was found, for a terminal.

    Args:
        results: Of photos.
        share: Boxes get rows too, those of :meth:`PhotoResult.shown_boxes`; None: there are none.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in ('photo', 'label', 'score', 'threshold', *(('x1', 'y1', 'x2', 'y2') if share is not None else ())):
        table.add_column(head, justify='left' if head in ('photo', 'label') else 'right', overflow='fold')
    for result in results:
        name = Text(printable(result.photo))
        rows = {k: [f'{result.scores[k]:.3f}', _finite(result.thresholds[k])] for k in result.passed}
        if not rows:
            table.add_row(name, '-')
        boxes = result.box_rows()
        for k, numbers in rows.items():
            table.add_row(name, Text(result.classes[k]), *numbers)
            name = Text('')
            for row in result.shown_boxes(share) if share is not None else ():
                label, score, *box = boxes[row]
                if label == result.classes[k]:
                    table.add_row('', '  box', f'{score:.3f}', '', *(f'{x:.0f}' for x in box))
    return table


def _finite(value: float) -> str:
    return f'{value:.3f}' if np.isfinite(value) else '-'


def check_suffix(out: str | Path) -> Path:
    """The file that results shall be written to.

    Raises:
        ConfigError: If it is of no kind that is known.
    """
    path = Path(out)
    if path.suffix not in SUFFIXES:
        raise ConfigError('The file type is not known.', where='--out', found=path.name, expected=' or '.join(SUFFIXES))
    return path


def write_results(path: Path, results: Sequence[PhotoResult], classes: Sequence[str]) -> list[Path]:
    """Write what was found of all photos.

    Args:
        path: ``.json``: one record per photo. ``.csv``: a row per photo with labels and the score of each class, and
            for a detector a second file, ``NAME_boxes.csv``, with a row per box.
        results: One per photo.
        classes: Names of the labels.

    Returns:
        The files.
    """
    if path.suffix == '.json':
        write_json(path, [result.record() for result in results])
        return [path]
    rows = [
        [printable(result.photo), ';'.join(result.labels), *(f'{x:.6f}' for x in result.scores)] for result in results
    ]
    _write_csv(path, ['image', 'labels', *classes], rows)
    if all(result.boxes is None for result in results):
        return [path]
    boxes = [
        [printable(result.photo), label, f'{score:.6f}', *(f'{x:.2f}' for x in box)]
        for result in results
        for label, score, *box in result.box_rows()
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
