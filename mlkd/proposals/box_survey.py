"""Seeing to it that the boxes of a file are what they are taken for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.formats.base import FileEntry, ProposalFormat
from mlkd.proposals.formats.convention import Convention

#: A convention explains wrong boxes if it leaves at most this share of them.
_EXPLAINED = 0.1
#: With ``clip``, so small a share of all boxes may leave the image whatever may explain it.
_FEW = 0.01
_MEANING = {
    'axes': 'x and y look swapped',
    'box_mode': 'the second corner and width and height look mistaken for each other',
    'origin': 'it looks as if pixels count from another number',
    'end': 'it looks as if the last pixel were counted otherwise',
}


class BoxSurvey:
    """Brings the boxes of a file into their images, and counts those that do not fit.

    As soon as a box leaves its image or has no area, all that follow are tried in other conventions too, so that the
    error can say what fits: axes swapped, width and height for a corner, one-based for zero-based.

    Args:
        reader: The format of the file.
        clip: Cut boxes to their image and drop those without area, unless another convention explains them.
    """

    def __init__(self, reader: ProposalFormat, clip: bool) -> None:
        self.reader, self.clip = reader, clip
        self.boxes = self.images = self.wrong = self.wrong_images = self.clipped = self.dropped = 0
        self._first: tuple[str, list[float], tuple[int, int]] | None = None
        self._others: list[tuple[str, Convention]] = []
        self._wrong_otherwise: np.ndarray = np.zeros(0, np.int64)

    @property
    def usable(self) -> bool:
        """Whether what was taken so far may be kept."""
        return self.clip or not self.wrong

    def take(self, entry: FileEntry, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Boxes float32 (R, 4) as in a store, and scores float32 (R,), of an image of (height, width) ``size``.

        Raises:
            ProposalError: If a number is not finite.
        """
        count = len(entry.bboxes)
        scores = np.ones(count, np.float32) if entry.scores is None else _narrow(entry.scores)
        _check_finite(entry, scores)
        boxes = _narrow(self.reader.to_pixels(entry.bboxes, size))
        wrong = _wrong(boxes, size)
        self.boxes, self.images = self.boxes + count, self.images + 1
        if wrong.any():
            self._note(entry, size, wrong)
        if self._others:
            tried = [_narrow(other.to_pixels(entry.bboxes)) for _, other in self._others]
            self._wrong_otherwise += [int(_wrong(boxes, size).sum()) for boxes in tried]
        if not self.clip or not wrong.any():
            return boxes, scores
        cut = np.clip(boxes, 0, np.array([size[1], size[0]] * 2, np.float32))
        kept = (cut[:, 2:] > cut[:, :2]).all(1)
        self.clipped, self.dropped = self.clipped + int((wrong & kept).sum()), self.dropped + int((~kept).sum())
        return cut[kept], scores[kept]

    def check(self, path: Path) -> None:
        """Raise if boxes do not fit.

        Raises:
            ProposalError: With how many boxes of how many images, the first of them, and what would fit.
        """
        if self._first is None:
            return
        best = int(self._wrong_otherwise.argmin()) if self._others else None
        left = self.wrong if best is None else int(self._wrong_otherwise[best])
        explained = best is not None and left <= _EXPLAINED * self.wrong
        if self.clip and (not explained or self.wrong < _FEW * self.boxes):
            return
        where, numbers, (height, width) = self._first
        fixes = ['--clip cuts boxes to their image and drops those without area; are these the images of the file?']
        if explained and best is not None:
            flags = self._others[best][0]
            fits = 'all boxes fit' if not left else f'all but {left} fit'
            meanings = [text for name, text in _MEANING.items() if f'--{name.replace("_", "-")} ' in flags]
            fixes = [f'{" and ".join(meanings)}: with {flags} {fits}']
            fixes += [f'if they are meant so, give {_flags(self.reader.convention, flags)}'] if self.clip else []
        convention = self.reader.convention
        raise ProposalError(
            f'{self.wrong} of {self.boxes} boxes, in {self.wrong_images} of {self.images} images, leave their image or '
            'have no area.',
            where=where,
            found=f'{numbers} in an image {width} x {height} (width x height)',
            expected=f'{convention.axes}, {convention.box_mode}, counted from {convention.origin}, last pixel '
            f'{convention.end}: what the file is read as',
            fix='; '.join(fixes),
        )

    def _note(self, entry: FileEntry, size: tuple[int, int], wrong: np.ndarray) -> None:
        self.wrong, self.wrong_images = self.wrong + int(wrong.sum()), self.wrong_images + 1
        if self._first is None:
            row = int(wrong.argmax())
            self._first = (f'{entry.where}, box {row + 1}', np.asarray(entry.bboxes[row], np.float64).tolist(), size)
            self._others = list(self.reader.convention.alternatives(self.reader.chosen))
            self._wrong_otherwise = np.zeros(len(self._others), np.int64)


def _narrow(values: np.ndarray) -> np.ndarray:
    """As float32; what is beyond that becomes infinite, and is refused as such."""
    with np.errstate(over='ignore'):
        return values.astype(np.float32)


def _wrong(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    x1, y1, x2, y2 = boxes.T
    return (x1 < 0) | (y1 < 0) | (x2 > size[1]) | (y2 > size[0]) | (x2 <= x1) | (y2 <= y1)


def _check_finite(entry: FileEntry, scores: np.ndarray) -> None:
    told = scores if entry.scores is None else entry.scores
    for what, rows in (
        ('A box is not finite.', ~np.isfinite(entry.bboxes).all(1)),
        ('A score is not finite.', ~np.isfinite(scores)),
    ):
        if rows.any():
            row = int(rows.argmax())
            raise ProposalError(
                what,
                where=f'{entry.where}, box {row + 1} ({int(rows.sum())} of {len(rows)} boxes)',
                found=f'{np.asarray(entry.bboxes[row], np.float64).tolist()}, score {told[row]}',
                expected='numbers that float32 can say',
                fix='mend or make the file again',
            )


def _flags(convention: Convention, like: str) -> str:
    """The flags that say what is so already."""
    names = [word[2:].replace('-', '_') for word in like.split() if word.startswith('--')]
    return ' '.join(f'--{name.replace("_", "-")} {getattr(convention, name)}' for name in names)
