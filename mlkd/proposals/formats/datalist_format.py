"""The datalist as a format to convert from and to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.arguments import check_number
from mlkd.errors import ConfigError, ProposalError
from mlkd.proposals.formats.base import FileEntry, ImageEntry, ProposalFormat
from mlkd.proposals.formats.datalist import DatalistEntry, read_datalist, to_frame, write_datalist
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='datalist')
class Datalist(ProposalFormat):
    """The text list of the reference implementation (:mod:`mlkd.proposals.formats.datalist`).

    Boxes are whole pixels of the image warped to 672 x 672, the last pixel inclusive. When read, a box covers the
    pixels it names; written again it gives the same numbers, and padding is left out. When written, boxes are cut to
    whole pixels; of more than ``num_proposals`` those with the highest scores are kept, in their order. The labels are
    those of the data set, so that a config of one is needed.

    Args:
        num_classes: K, labels per line.
        num_proposals: R, boxes per line.

    Raises:
        ConfigError: If one of them is too low.
    """

    SUFFIXES = ('.txt',)

    def __init__(self, num_classes: int | None = None, num_proposals: int = 500) -> None:
        super().__init__()
        if num_classes is not None:
            check_number('--num-classes', num_classes, 1, whole=True)
        check_number('--num-proposals', num_proposals, 0, whole=True)
        self.num_classes, self.num_proposals = num_classes, num_proposals

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A .txt file."""
        return path.suffix in cls.SUFFIXES and path.is_file()

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the lines."""
        if self.num_classes is None:
            raise ConfigError(
                'A datalist does not say how many labels a line has.',
                where=path,
                fix='--num-classes K --num-proposals R',
            )
        for line in read_datalist(path, self.num_classes, self.num_proposals):
            yield FileEntry(line.image_path, line.bboxes, line.scores, f'{path}, {line.image_path}')

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write line by line."""
        write_datalist(path, (self._line(entry) for entry in entries), self.num_proposals)

    def to_pixels(self, bboxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """The smallest corner and the largest that :func:`to_frame` takes to those of the file."""
        sides = np.array(size[::-1], np.float64)
        whole = np.asarray(bboxes, np.float64)
        low = (whole[:, :2] * sides / 672).astype(np.float32)
        high = np.minimum((whole[:, 2:] + 1) * sides / 672, sides).astype(np.float32)
        # float32 lands on either side of the border of a pixel.
        for _ in range(3):
            found = to_frame(np.concatenate([low, high], axis=1), size)
            low = np.where(found[:, :2] < whole[:, :2], np.nextafter(low, np.float32(np.inf)), low)
            high = np.where(found[:, 2:] > whole[:, 2:], np.nextafter(high, np.float32(0)), high)
        return np.concatenate([low, high], axis=1).astype(np.float64)

    def settings(self) -> dict[str, Any]:
        """Numbers of labels and boxes."""
        return {'num_classes': self.num_classes, 'num_proposals': self.num_proposals}

    def _line(self, entry: ImageEntry) -> DatalistEntry:
        if entry.record.label is None:
            raise ProposalError(
                'A datalist holds the labels of the images, which are not known.',
                where=entry.record.key,
                fix='give --images the config of a data set',
            )
        kept: np.ndarray = np.arange(len(entry.scores))
        if len(kept) > self.num_proposals:
            kept = np.sort(np.argsort(-entry.scores, kind='stable')[: self.num_proposals])
            self.left_out += len(entry.scores) - self.num_proposals
        boxes = to_frame(entry.bboxes[kept], entry.size)
        return DatalistEntry(entry.record.key, entry.record.label, boxes, entry.scores[kept])
