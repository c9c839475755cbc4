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
from mlkd.proposals.formats.json_list import read_objects
from mlkd.proposals.formats.names import number_or_name
from mlkd.registry import PROPOSAL_FORMATS


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
        for number, row in enumerate(read_objects(path), 1):
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
                    # Through a number, for '-0' alone would be read as a whole number, which has no sign.
                    row = f'{{"image_id":{name},"category_id":1,"bbox":{box!r},"score":{float(f"{score:.9g}")!r}}}'
                    file.write(start + row)
                    start = ',\n'
            file.write('\n]\n')


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
    try:
        return [float(number) for number in numbers]
    except OverflowError as error:
        raise ProposalError('A number of a row is beyond all floats.', where=where, found=str(row)[:120]) from error
