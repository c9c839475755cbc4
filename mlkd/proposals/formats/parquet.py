"""Parquet: a row for each image, with lists as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError, did_you_mean
from mlkd.fileio import atomic_write
from mlkd.proposals.formats.base import FileEntry, ImageEntry, ProposalFormat, checked_scores
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.registry import PROPOSAL_FORMATS

_CORNERS = ('x1', 'y1', 'x2', 'y2')
#: Images that are in memory at a time.
_ROWS = 64


@PROPOSAL_FORMATS.register_module(name='parquet')
class ParquetTable(ProposalFormat):
    """Columns ``image`` (key), ``height``, ``width``, and lists of float32 ``x1``, ``y1``, ``x2``, ``y2``, ``score``.

    Boxes are as in a store and come back exactly. ``height`` and ``width`` may be missing in a file of others, as may
    ``score`` (then 1). Needs pyarrow: ``pip install mlkd[parquet]``.
    """

    SUFFIXES = ('.parquet',)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A file that ends in .parquet."""
        return path.suffix in cls.SUFFIXES and path.is_file()

    def catalogue(self, path: Path) -> ImageCatalogue | None:
        """The images in the file, where it has their sizes."""
        with _opened(path) as file:
            if not {'image', 'height', 'width'} <= set(file.schema_arrow.names):
                return None
            rows = file.read(columns=['image', 'height', 'width']).to_pylist()
        places = [f'{path}, row {index}' for index in range(len(rows))]
        records = [
            ImageRecord(str(_image(row['image'], where)), size=_size(row, where))
            for row, where in zip(rows, places, strict=True)
        ]
        return ImageCatalogue(records, path.stem)

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the rows, some at a time."""
        with _opened(path) as file:
            there = file.schema_arrow.names
            missing = [name for name in ('image', *_CORNERS) if name not in there]
            if missing:
                raise ProposalError(
                    'A Parquet file lacks columns.',
                    where=path,
                    found=', '.join(there),
                    expected=', '.join(missing),
                    fix=did_you_mean(missing[0], there) or None,
                )
            lists = [*_CORNERS, *(['score'] if 'score' in there else [])]
            sized = {'height', 'width'} <= set(there)
            for index, row in enumerate(_rows(file, ['image', *lists, *(['height', 'width'] if sized else [])])):
                where = f'{path}, row {index} ({row["image"]})'
                image = _image(row['image'].as_py(), where)
                columns = [_numbers(row[name], name, where) for name in lists]
                if len({len(column) for column in columns[:4]}) > 1:
                    found = ', '.join(f'{name} {len(column)}' for name, column in zip(lists, columns, strict=True))
                    raise ProposalError('Lists of an image are not of one length.', where=where, found=found)
                boxes = np.stack(columns[:4], axis=1)
                scores = checked_scores(columns[4], len(boxes), where) if len(columns) > 4 else None
                yield FileEntry(image, boxes, scores, where, _size(row, where) if sized else None)

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write some rows at a time."""
        arrow, parquet = _pyarrow()
        numbers = arrow.list_(arrow.float32())
        fields = [('image', arrow.string()), ('height', arrow.int32()), ('width', arrow.int32())]
        schema = arrow.schema([*fields, *((name, numbers) for name in (*_CORNERS, 'score'))])
        waiting = iter(entries)
        with atomic_write(path, 'wb') as file, parquet.ParquetWriter(file, schema) as writer:
            while chunk := list(islice(waiting, _ROWS)):
                writer.write_table(arrow.Table.from_pylist([_row(entry) for entry in chunk], schema=schema))


def _row(entry: ImageEntry) -> dict[str, Any]:
    corners = {name: entry.bboxes[:, column] for column, name in enumerate(_CORNERS)}
    return {
        'image': entry.record.key,
        'height': entry.size[0],
        'width': entry.size[1],
        **corners,
        'score': entry.scores,
    }


def _rows(file: Any, columns: list[str]) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
        for index in range(batch.num_rows):
            yield {name: batch.column(name)[index] for name in columns}


def _image(value: Any, where: str) -> str | int:
    if not isinstance(value, (str, int)):
        raise ProposalError('A row names no image.', where=where, found=type(value), expected='its key')
    return value


def _numbers(value: Any, name: str, where: str) -> np.ndarray:
    values = getattr(value, 'values', None)
    array = None if values is None else values.to_numpy(zero_copy_only=False)
    if array is None or array.dtype.kind not in 'iuf':
        raise ProposalError(
            'A column holds no list of numbers.',
            where=f'{where}, {name}',
            found=str(value)[:60],
            expected='list<float>',
        )
    return array


def _size(row: dict[str, Any], where: str) -> tuple[int, int]:
    values = [getattr(row[name], 'as_py', lambda value=row[name]: value)() for name in ('height', 'width')]
    if not all(isinstance(value, int) and value > 0 for value in values):
        raise ProposalError('The size of an image is no number of pixels.', where=where, found=values)
    return values[0], values[1]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    arrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(str(path)) as file:
            yield file
    except (OSError, arrow.ArrowException) as error:
        raise ProposalError(
            'A Parquet file cannot be read: damaged or cut short.',
            where=path,
            found=str(error).split('\n')[0],
            fix='get or make the file again',
        ) from error


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ProposalError(
            'Parquet files need pyarrow, which is not installed.', found=error, fix="pip install 'mlkd[parquet]'"
        ) from error
    return pyarrow, parquet
