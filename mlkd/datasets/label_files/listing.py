"""What a file of labels says, row by row, before it is compared with photos."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlkd.errors import DataError

#: Names of columns and of keys, in small letters.
FILE_NAMES = ('file', 'filename', 'file_name', 'image', 'img', 'photo', 'path', 'filepath', 'image_path', 'img_path')
LABEL_NAMES = ('labels', 'label', 'tags', 'tag', 'classes', 'class', 'categories', 'category', 'keywords')
SPLIT_NAMES = ('split', 'subset', 'set', 'partition')
#: What a split may be called, and what it is called here.
SPLIT_WORDS = {
    **dict.fromkeys(('train', 'training'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'dev'), 'val'),
    **dict.fromkeys(('test', 'testing'), 'test'),
}
UNKNOWN = '?'
#: Rows that a message names.
SHOWN = 10


@dataclass(frozen=True)
class ListedPhoto:
    """What one row, or one entry, says of one photo.

    Attributes:
        name: What it calls the photo.
        where: Its place in the file, ``line 12``.
        labels: 1 (present), 0 (absent) or -1 (not known), by label.
        others: The same of the labels that it does not name; None: as the whole file has it (:class:`Listing`).
        split: The split that it puts the photo into.
    """

    name: str
    where: str
    labels: Mapping[str, int]
    others: int | None = 0
    split: str | None = None


@dataclass(frozen=True)
class Listing:
    """A file of labels.

    Attributes:
        path: The file.
        photos: Its rows.
        how: How it was understood, for a person to see.
        labels: Labels that it names in its head, used or not.
    """

    path: Path
    photos: Sequence[ListedPhoto]
    how: str
    labels: Sequence[str] = field(default=())

    @property
    def unsaid(self) -> int:
        """What a value is that a table leaves out: not known (-1), but absent (0) where no row ever says absent."""
        return -1 if any(0 in photo.labels.values() for photo in self.photos) else 0

    @property
    def one_label_per_row(self) -> bool:
        """Whether each row names one label at most, so that the rows of a photo add up."""
        return all(photo.others is not None and len(photo.labels) <= 1 for photo in self.photos)


def clean(text: str) -> str:
    """Text without spaces around it, accents written in one way whatever system it comes from."""
    return unicodedata.normalize('NFC', text.strip())


def named_labels(names: Iterable[str]) -> tuple[dict[str, int], int]:
    """Labels of a list, and what all others are.

    ``cat`` is present; ``cat?`` or ``?cat`` is not known; a mere ``?`` says that nothing is known of the others.

    >>> named_labels(['cat', 'dog?'])
    ({'cat': 1, 'dog': -1}, 0)
    >>> named_labels(['cat', '?'])
    ({'cat': 1}, -1)
    """
    labels: dict[str, int] = {}
    others = 0
    for name in map(clean, names):
        label = name.removeprefix(UNKNOWN).removesuffix(UNKNOWN).strip()
        if label:
            labels[label] = 1 if label == name else -1
        elif name:
            others = -1
    return labels, others


def split_name(word: str) -> str | None:
    """The split that a word means; None for an empty one, other words as they are."""
    word = word.strip()
    return SPLIT_WORDS.get(word.lower(), word) or None


def raise_if_any(wrong: Sequence[str], what: str, path: Path, expected: str, fix: str) -> None:
    """Raise one error that names all places.

    Args:
        wrong: A text for each place; nothing is raised if there is none.
        what: One sentence.
        path: The file.
        expected: What should have been there.
        fix: What to do.

    Raises:
        DataError: If anything is wrong.
    """
    if not wrong:
        return
    more = [f'and {len(wrong) - SHOWN} more'] if len(wrong) > SHOWN else []
    places = 'one place' if len(wrong) == 1 else f'{len(wrong)} places'
    found = '\n    '.join([places, *wrong[:SHOWN], *more])
    raise DataError(what, where=path, found=found, expected=expected, fix=fix)
