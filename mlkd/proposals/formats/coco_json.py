"""Result files of COCO."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.fileio import atomic_write
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry
from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.formats.names import number_or_name
from mlkd.registry import PROPOSAL_FORMATS

_BLOCK = 1 << 20
#: No word of JSON (``-Infinity``) is longer.
_WORD = 16


@PROPOSAL_FORMATS.register_module(name='coco')
class COCOResults(BoxOptions):
    """A list of ``{"image_id": 42, "category_id": 1, "bbox": [x, y, width, height], "score": 0.5}``, in any order.

    Zero-based. Categories are not kept, and 1 when written; a row without ``score`` has 1. The file does not name
    images without boxes. It is read piece by piece; 48 bytes per box are kept until it ends, for rows of an image may
    stand apart. Numbers are written with as many digits as it takes to come back exactly.
    """

    CONVENTION = Convention(box_mode='xywh')
    NAMES_ALL = False
    SUFFIXES = ('.json',)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A .json file."""
        return path.suffix in cls.SUFFIXES and path.is_file()

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Read all rows, then go through the images in the order of their first row."""
        positions: dict[str | int, int] = {}
        images, values = array('q'), array('d')
        for number, row in enumerate(_rows(path), 1):
            where = f'{path}, row {number}'
            image = _value(row, 'image_id', where)
            images.append(positions.setdefault(image, len(positions)))
            values.extend(_box_and_score(row, where))
        table, owner = np.frombuffer(values, np.float64).reshape(-1, 5), np.frombuffer(images, np.int64)
        order = np.argsort(owner, kind='stable')
        ends = np.searchsorted(owner[order], np.arange(len(positions) + 1))
        for image, index in positions.items():
            rows = table[order[ends[index] : ends[index + 1]]]
            yield FileEntry(image, rows[:, :4], rows[:, 4], f'{path}, image_id {image!r}')

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write row by row."""
        seen: dict[str | int, str] = {}
        with atomic_write(path) as file:
            file.write('[')
            start = '\n'
            for entry in entries:
                image = number_or_name(entry.record)
                if image in seen:
                    raise ProposalError(
                        'The format cannot tell two images apart.',
                        where=f'{seen[image]} and {entry.record.key}',
                        found=f'image_id {image!r}',
                        fix='give --images the config of a data set whose annotation numbers them',
                    )
                seen[image] = entry.record.key
                name = json.dumps(image)
                boxes: list[list[float]] = self.convention.from_pixels(entry.bboxes).astype(np.float64).tolist()  # type: ignore[assignment]
                for box, score in zip(boxes, entry.scores, strict=True):
                    row = f'{{"image_id":{name},"category_id":1,"bbox":{box!r},"score":{score:.9g}}}'
                    file.write(start + row)
                    start = ',\n'
            file.write('\n]\n')


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a list, without the file in memory."""
    decoder = json.JSONDecoder()
    try:
        with open(path, encoding='utf-8') as file:
            text, position, begun, closed = '', 0, False, False
            while block := file.read(_BLOCK):
                text, position = text[position:] + block, 0
                while True:
                    position = _skip(text, position, ' \t\r\n,' if begun else ' \t\r\n\ufeff')
                    if position >= len(text):
                        break
                    if not begun:
                        if text[position] != '[':
                            raise _not_results(path, f'it begins with {text[position : position + 20]!r}')
                        begun, position = True, position + 1
                    elif text[position] == ']':
                        closed, position = True, len(text)
                    else:
                        try:
                            row, position = decoder.raw_decode(text, position)
                        except json.JSONDecodeError as error:
                            # A string, or a word or number at the end, may be going on in the next block.
                            if not error.msg.startswith('Unterminated') and error.pos < len(text) - _WORD:
                                found = f'{error.msg} at {text[error.pos : error.pos + 40]!r}'
                                raise _not_results(path, found) from error
                            break
                        if not isinstance(row, dict):
                            raise _not_results(path, f'{str(row)[:60]!r} in the list')
                        yield row
            if not closed:
                raise ProposalError(
                    'A JSON file is cut short or damaged.',
                    where=path,
                    found=f'{text[position:][:60]!r} before its end' if begun else 'no list',
                    expected='a list that is closed',
                    fix='get or make the file again',
                )
    except (OSError, UnicodeDecodeError) as error:
        raise ProposalError('A JSON file cannot be read.', where=path, found=error, fix='check the file') from error


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _not_results(path: Path, found: str) -> ProposalError:
    return ProposalError(
        'A JSON file is no list of results, or damaged.',
        where=path,
        found=found,
        expected='[{"image_id": 1, "bbox": [x, y, width, height], "score": 0.5}, ...]',
        fix='results, not an annotation file, can be converted',
    )


def _value(row: dict[str, Any], name: str, where: str) -> Any:
    value = row.get(name)
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        raise ProposalError('A row names no image.', where=where, found=str(row)[:80], expected=f'"{name}"')
    return value


def _box_and_score(row: dict[str, Any], where: str) -> list[float]:
    box, score = row.get('bbox'), row.get('score', 1.0)
    numbers: list[Any] = [*box, score] if isinstance(box, list) and len(box) == 4 else [None]
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise ProposalError(
            'A row has no box of four numbers with a score.',
            where=where,
            found=str(row)[:120],
            expected='"bbox": [x, y, width, height], "score": number',
        )
    return [float(number) for number in numbers]
