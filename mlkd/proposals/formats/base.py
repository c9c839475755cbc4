"""What a format of proposal files is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord

#: Options of every format of others: the attributes of :class:`Convention`.
BOX_OPTIONS = ('axes', 'box_mode', 'origin', 'end')


@dataclass(frozen=True)
class FileEntry:
    """What a file says of one image.

    Attributes:
        image: Name, path or number of the image in the file; None where only the order says which it is.
        bboxes: (R, 4) as they stand in the file.
        scores: (R,), or None if the file has none.
        where: File and place in it, for messages.
        size: (height, width) of the image, where the file has it.
        position: Place in the order of the images, where the file has no names.
    """

    image: str | int | None
    bboxes: np.ndarray
    scores: np.ndarray | None
    where: str
    size: tuple[int, int] | None = None
    position: int | None = None


@dataclass(frozen=True)
class ImageEntry:
    """The proposals of one image on their way into a file.

    Attributes:
        record: The image.
        position: Its place among all images.
        bboxes: float32 (R, 4), xyxy, as in a store.
        scores: float32 (R,).
        size: (height, width) in pixels.
    """

    record: ImageRecord
    position: int
    bboxes: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]


class ProposalFormat(ABC):
    """Reads and writes one kind of file.

    A format of one's own is a subclass in a file of its own, registered in :data:`mlkd.registry.PROPOSAL_FORMATS`. The
    arguments of its constructor are its options on the command line.

    Attributes:
        CONVENTION: How its boxes are written.
        NAMES_ALL: Whether a file names images without boxes; where it does not, such images have none.
        SUFFIXES: Endings of such files, ``.json``.
        convention: ``CONVENTION`` with what the options change.
        chosen: Attributes of ``convention`` that are beyond doubt: all; in :class:`BoxOptions` those that were given.
        left_out: Boxes that were not written, as a file of this format has no room for them.
    """

    CONVENTION = Convention()
    NAMES_ALL = True
    SUFFIXES: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.convention, self.chosen = self.CONVENTION, frozenset(BOX_OPTIONS)
        self.left_out = 0

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether a file or folder that is there is of this format, by its name and some of its content."""
        return False

    @abstractmethod
    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through a file image by image.

        Raises:
            ProposalError: If the file is missing, cut short or not of this format, with the entry.
        """

    @abstractmethod
    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write a file; it is there when all is written, or not at all.

        Raises:
            ProposalError: If the format cannot hold an entry.
        """

    def catalogue(self, path: Path) -> ImageCatalogue | None:
        """The images of a file with their sizes, where the format has both."""
        return None

    def to_pixels(self, bboxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Boxes of a file as float64 (R, 4) of a store, for an image of (height, width) ``size``."""
        return self.convention.to_pixels(bboxes)

    def settings(self) -> dict[str, Any]:
        """What boxes were read as, for the header of a store."""
        return {}


class BoxOptions(ProposalFormat):
    """A format whose files come in several conventions.

    Args:
        axes: See :class:`Convention`; None for what the format says.
        box_mode: The same.
        origin: The same.
        end: The same.
    """

    def __init__(
        self,
        axes: str | None = None,
        box_mode: str | None = None,
        origin: int | None = None,
        end: str | None = None,
    ) -> None:
        super().__init__()
        options = {'axes': axes, 'box_mode': box_mode, 'origin': origin, 'end': end}
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        self.convention, self.chosen = replace(self.CONVENTION, **given), frozenset(given)

    def settings(self) -> dict[str, Any]:
        """How a box was taken to be written."""
        return {name: getattr(self.convention, name) for name in BOX_OPTIONS}


def checked_boxes(bboxes: np.ndarray | None, where: str, columns: tuple[int, ...] = (4,)) -> np.ndarray:
    """Boxes (R, 4); nothing of any shape counts as no box.

    Raises:
        ProposalError: If they are no numbers or not (R, 4).
    """
    if bboxes is not None and bboxes.size == 0:
        return np.zeros((0, columns[0]))
    if bboxes is None or bboxes.ndim != 2 or bboxes.shape[1] not in columns:
        raise ProposalError(
            'Boxes of an image are not a table of numbers.',
            where=where,
            found='no numbers' if bboxes is None else f'shape {bboxes.shape}',
            expected=f'(R, {" or ".join(map(str, columns))})',
        )
    return bboxes


def checked_scores(scores: np.ndarray | None, count: int, where: str) -> np.ndarray:
    """Scores (R,); a row or column counts as that.

    Raises:
        ProposalError: If they are no numbers, or not as many as boxes.
    """
    flat = None if scores is None or scores.size not in (*scores.shape, 1) else scores.reshape(-1)
    if flat is None or len(flat) != count:
        raise ProposalError(
            'An image has not as many scores as boxes.',
            where=where,
            found=f'{count} boxes, ' + ('no scores that are numbers' if scores is None else f'scores {scores.shape}'),
            expected='a score for each box',
        )
    return flat
