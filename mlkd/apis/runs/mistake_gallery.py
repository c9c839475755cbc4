"""The mistakes of a student as photos: what it says and is not there, what is there and it does not say."""

from __future__ import annotations

import numpy as np

from mlkd.apis.runs.scored_images import ScoredImages
from mlkd.errors import DataError
from mlkd.evaluation.functional import Mistakes, mistakes
from mlkd.fileio import printable
from mlkd.visualization import Card, Photo, TextTable, jpeg, shrunk

#: Longer side of a photo in pixels; photos of each kind overall, per class, and of all classes together.
_SIDE, _OVERALL, _PER_CLASS, _ALL = 180, 12, 3, 240
#: Labels in a caption, at most.
_NAMED = 4


class MistakeGallery:
    """Photos of the mistakes of one network.

    Args:
        scored: The images, with photos.
        row: Whose scores.
    """

    def __init__(self, scored: ScoredImages, row: str) -> None:
        self.scored, self.scores = scored, scored.scores[row]
        self.all = mistakes(self.scores, scored.labels, scored.thresholds)
        self._thumbnails: dict[int, bytes | None] = {}

    def cards(self) -> list[Card]:
        """The worst of all labels, one per image, and then those of each label."""
        overall = self.all.one_per_image()
        kinds = (
            ('Most confident wrong', 'wrong', overall.wrong),
            ('Most missed', 'missed', overall.missed),
        )
        cards = [
            Card(f'{title}, all labels', self._photos(cells[:_OVERALL], kind, f'all_{kind}', overall=True))
            for title, kind, cells in kinds
            if len(cells)
        ]
        shown = self.shown_labels()
        most = min(_PER_CLASS, max(1, _ALL // (2 * max(1, len(shown)))))
        return cards + [self._of_label(k, most) for k in shown]

    def shown_labels(self) -> list[int]:
        """Labels with mistakes; of very many those with the most of them."""
        counts = [len(self.all.of_label(k).wrong) + len(self.all.of_label(k).missed) for k in range(self._labels)]
        most = sorted(range(self._labels), key=lambda k: -counts[k])[: _ALL // 2]
        return [k for k in sorted(most) if counts[k]]

    def table(self) -> TextTable:
        """How many mistakes there are of each label."""
        rows = []
        for k, name in enumerate(self.scored.classes):
            own, there = self.all.of_label(k), int((self.scored.labels[:, k] == 1).sum())
            said = int(((self.scores[:, k] > self.scored.thresholds[k]) & (self.scored.labels[:, k] >= 0)).sum())
            numbers = (there, said, len(own.wrong), len(own.missed))
            rows.append((name, f'{self.scored.thresholds[k]:.3f}', *map(str, numbers)))
        columns = ('label', 'threshold', 'images', 'said', 'wrong', 'missed')
        return TextTable(f'Mistakes in {self.scored.source}', columns, tuple(rows))

    def note(self) -> str:
        """What the photos are."""
        left = self._labels - len(self.shown_labels())
        return (
            f'From {self.scored.source}. Wrong: scores above the threshold of its label, the highest first, and is '
            'not in the image; missed: is in the image and does not, the lowest first. Over all labels an image is '
            f'shown once. What the annotation leaves open is no mistake.{f" Not shown: {left} labels." if left else ""}'
        )

    @property
    def _labels(self) -> int:
        return len(self.scored.classes)

    def _of_label(self, k: int, most: int) -> Card:
        own: Mistakes = self.all.of_label(k)
        name = self.scored.classes[k]
        title = f'{name}: {len(own.wrong)} wrong, {len(own.missed)} missed, threshold {self.scored.thresholds[k]:.3f}'
        photos = [
            *self._photos(own.wrong[:most], 'wrong', f'{k}_wrong'),
            *self._photos(own.missed[:most], 'missed', f'{k}_missed'),
        ]
        return Card(title, photos)

    def _photos(self, cells: np.ndarray, kind: str, prefix: str, overall: bool = False) -> list[Photo]:
        found = []
        for image, k in cells.tolist():
            data = self._thumbnail(image)
            if data is None:
                continue
            name, score = self.scored.classes[k], float(self.scores[image, k])
            limit = f', {"" if kind == "wrong" else "not "}above {self.scored.thresholds[k]:.2f}'
            truth = self._truth(image)
            first = f'{"✗" if kind == "wrong" else "○"} {kind}: {name} {score:.2f}{limit if overall else ""}'
            alt = f'Photo with {truth}; {name} is {kind}, score {score:.2f}'
            found.append(Photo(f'{prefix}_{image:06d}.jpg', data, alt, (first, f'truth: {truth}', self._name(image))))
        return found

    def _truth(self, image: int) -> str:
        names = [self.scored.classes[k] for k in np.flatnonzero(self.scored.labels[image] == 1)]
        more = f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''
        return ', '.join(names[:_NAMED]) + more or 'none of the labels'

    def _name(self, image: int) -> str:
        assert self.scored.photos is not None
        return printable(str(self.scored.photos.entry(image)['img_key']).rpartition('/')[2])

    def _thumbnail(self, image: int) -> bytes | None:
        """A small photo; None where it cannot be read."""
        if image not in self._thumbnails:
            assert self.scored.photos is not None
            try:
                self._thumbnails[image] = jpeg(shrunk(self.scored.photos.image(image), _SIDE), 75)
            except DataError:
                self._thumbnails[image] = None
        return self._thumbnails[image]
