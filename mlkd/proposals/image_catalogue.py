"""The images that a proposal file may speak of, found by whatever it calls them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.checks import near_keys, repeated_keys
from mlkd.proposals.readers import FileReader

#: ``COCO_val2014_000000000042``.
_NUMBERED = re.compile(r'.*_(\d{12})')


@dataclass(frozen=True)
class ImageRecord:
    """One image.

    Attributes:
        key: Path relative to the data set's root, '/'-separated.
        path: Its file, where there is one.
        image_id: What its annotation calls it, where there is one.
        size: (height, width) in pixels, where known without the file.
        label: int8 (K,), where known.
        upright: Whether its data set turns it as its EXIF data say.
    """

    key: str
    path: str | None = None
    image_id: int | str | None = None
    size: tuple[int, int] | None = None
    label: np.ndarray | None = None
    upright: bool = False

    @property
    def stem(self) -> str:
        """File name without its ending."""
        return PurePosixPath(self.key).stem

    @property
    def number(self) -> int | None:
        """The number that a file name is: 12 of ``000012``, 42 of ``COCO_val2014_000000000042``.

        2008000123 of ``2008_000123``, as Python's ``int`` reads it and with it the tools that number VOC so.
        """
        numbered = _NUMBERED.fullmatch(self.stem)
        text = numbered[1] if numbered else self.stem.replace('_', '')
        return int(text) if text.isascii() and text.isdigit() else None


class ImageCatalogue(Sequence[ImageRecord]):
    """Images in the order of their data set.

    Args:
        records: The images.
        name: What they are called together.

    Raises:
        ProposalError: If there is none, or two have one key.
    """

    def __init__(self, records: Sequence[ImageRecord], name: str) -> None:
        self.records, self.name = list(records), name
        self._keys = {record.key: position for position, record in enumerate(self.records)}
        double = repeated_keys(record.key for record in self.records)
        if double or not self.records:
            raise ProposalError(
                'Images share a key.' if double else 'There are no images.',
                where=name,
                found=', '.join(double[:5]) or None,
                expected='each image once',
            )
        self._ids: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)
        self._numbers: dict[int, list[int]] = defaultdict(list)
        for position, record in enumerate(self.records):
            if record.image_id is not None:
                self._ids[str(record.image_id)].append(position)
            for name in {record.key.rsplit('/', 1)[-1], record.stem}:
                self._names[name].append(position)
            if record.number is not None:
                self._numbers[record.number].append(position)
        # Where annotations number their images, a number in a file name is none of an image.
        self._numbered = any(isinstance(record.image_id, int) for record in self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, position):  # type: ignore[no-untyped-def]
        return self.records[position]

    def __iter__(self) -> Iterator[ImageRecord]:
        return iter(self.records)

    def find(self, image: str | int) -> list[int]:
        """Positions of the images that may be meant; one if it is clear.

        The first of these that any image answers to decides: its key; the id of its annotation; the end of its path
        (a path in the file may begin higher or lower than the key, but may not contradict it), with or without the
        ending of the file's name; the number that its name is.

        Args:
            image: Path, name or number.
        """
        name = str(image).replace('\\', '/').removeprefix('./')
        if name in self._keys:
            return [self._keys[name]]
        if name in self._ids or (isinstance(image, int) and self._numbered):
            return self._ids.get(name, [])
        same = self._names.get(name.rsplit('/', 1)[-1], [])
        if '/' in name:
            same = [position for position in same if _is_end(name, self.records[position].key)]
        if same:
            return same
        numbered = name.isascii() and name.isdigit() and not self._numbered
        return self._numbers.get(int(name), []) if numbered else []

    def near(self, image: str | int) -> str:
        """A clause with images that are spelt like ``image``; ``''`` where there is none."""
        last = str(image).rsplit('/', 1)[-1]
        known = [record.key for record in self.records]
        return near_keys(str(image), known) or near_keys(last, [*self._names])


def size_of(record: ImageRecord) -> tuple[int, int]:
    """(height, width) of an image as its data set reads it: what its file says, else what was known before.

    Raises:
        ProposalError: If neither tells.
    """
    found = None if record.path is None else FileReader([record.path], record.upright).size(0)
    size = record.size if found is None else found
    if size is None:
        raise ProposalError(
            'The size of an image is not known.',
            where=record.key,
            found='no file' if record.path is None else f'{record.path} cannot be read',
            fix='give the folder of the images, or a config whose data set has them',
        )
    return size


def _is_end(name: str, key: str) -> bool:
    """Whether one path is the end of the other, where the ending of the file's name does not count."""
    one, other = (PurePosixPath(path).parts[:-1] for path in (name, key))
    one = tuple(part for part in one if part != '/')
    count = min(len(one), len(other))
    return count == 0 or one[-count:] == other[-count:]
