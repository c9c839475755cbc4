"""How a table of labels is laid out: what separates its columns, which of them is what, whether it has a head."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mlkd.datasets.label_files.listing import FILE_NAMES, LABEL_NAMES, SPLIT_NAMES, SPLIT_WORDS
from mlkd.datasets.label_files.photo_index import looks_like_photo

#: What may separate columns, the likelier first.
DELIMITERS = {',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe', ' ': 'space'}
#: Cells of a table with a column for each label; capital letters count as small ones.
VALUES = {
    **dict.fromkeys(('1', '1.0', 'true', 'yes', 'x'), 1),
    **dict.fromkeys(('0', '0.0', 'false', 'no'), 0),
    **dict.fromkeys(('-1', '-1.0', '?', 'nan', 'na', 'n/a', 'null'), -1),
}
#: Columns that number the rows.
_NUMBERING = ('', 'unnamed: 0', 'index', 'id')
#: Rows that are looked at to find out what separates the columns.
_TRIED = 200

Row = Sequence[str]


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Attributes:
        head: Names of the columns, where the first row has them.
        file: Of the photo's name.
        split: Of the split; None without.
        labels: Those of the labels.
        form: ``'table'``: one column for each label; ``'names'``: cells that name labels.
        ignored: Names of those left out.
    """

    head: Row | None
    file: int
    split: int | None
    labels: Sequence[int]
    form: Literal['table', 'names']
    ignored: Sequence[str] = ()


def find_delimiter(text: str, is_photo: Callable[[str], bool]) -> str:
    """What separates the columns: that by which most rows have the name of a photo, and another cell.

    Args:
        text: The file.
        is_photo: Whether a cell names a photo.
    """
    lines = [line for line in text.splitlines() if line.strip()][:_TRIED]

    def fit(delimiter: str) -> tuple[float, ...]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != '\t') if row]
        except csv.Error:
            # A cell without end: whoever reads the rows says where.
            return 0, 0, 0, 0
        lengths = Counter(map(len, rows))
        there = sum(any(is_photo(cell) for cell in row) for row in rows)
        named = sum(any(looks_like_photo(cell) for cell in row) for row in rows)
        several = sum(count for length, count in lengths.items() if length > 1)
        return there, named, several, max(lengths.values(), default=0)

    # Of equals the first counts.
    return max(DELIMITERS, key=fit)


def find_columns(rows: Sequence[Row], is_photo: Callable[[str], bool]) -> Columns:
    """Which column is what.

    Args:
        rows: All rows, the head included; each has at least one cell.
        is_photo: Whether a cell names a photo.
    """
    file = _file_column(rows, is_photo)
    head = rows[0] if _is_head(rows, file, is_photo) else None
    body = rows[1:] if head else rows
    width = len(head or rows[0])
    names = [name.strip().lower() for name in head or [f'column {index + 1}' for index in range(width)]]
    rest = [index for index in range(width) if index != file]
    split = next((index for index in rest if _is_split(names[index], index, body, len(rest))), None)
    rest = [index for index in rest if index != split]
    labelled = [index for index in rest if names[index] in LABEL_NAMES]
    if labelled and not (len(labelled) == 1 and _values(body, labelled) >= 1 and len(rest) > 1):
        return Columns(head, file, split, labelled[:1], 'names', [names[i] for i in rest if i != labelled[0]])
    if head:
        kept = [index for index in rest if names[index] not in _NUMBERING] or rest
        form: Literal['table', 'names'] = 'table' if _values(body, kept) >= 0.5 else 'names'
        return Columns(head, file, split, kept, form, [names[i] for i in rest if i not in kept])
    return Columns(head, file, split, rest, 'table' if rest and _values(body, rest) == 1 else 'names')


def _file_column(rows: Sequence[Row], is_photo: Callable[[str], bool]) -> int:
    def fit(index: int) -> tuple[int, int, bool]:
        cells = {row[index] for row in rows if index < len(row)}
        named = rows[0][index].strip().lower() in FILE_NAMES if index < len(rows[0]) else False
        return sum(map(is_photo, cells)), sum(map(looks_like_photo, cells)), named

    return max(range(max(map(len, rows))), key=fit)


def _is_head(rows: Sequence[Row], file: int, is_photo: Callable[[str], bool]) -> bool:
    first, body = rows[0], rows[1:]
    if file < len(first) and (is_photo(first[file]) or looks_like_photo(first[file])):
        return False
    names = [cell.strip().lower() for cell in first]
    if any(name in (*FILE_NAMES, *LABEL_NAMES) for name in names):
        return True
    # Of a name without an ending that leads nowhere, the labels tell: those of a head stand in no other row.
    others = [cell.strip() for index, cell in enumerate(first) if index != file]
    said = {cell.strip() for row in body for index, cell in enumerate(row) if index != file}
    return bool(body) and not any(cell in said or cell.lower() in VALUES for cell in others if cell)


def _is_split(name: str, index: int, body: Sequence[Row], columns: int) -> bool:
    cells = {row[index].strip().lower() for row in body if index < len(row)} - {''}
    called = name in SPLIT_NAMES and not cells & VALUES.keys()
    return columns > 1 and bool(cells) and (called or cells <= SPLIT_WORDS.keys())


def _values(body: Sequence[Row], columns: Sequence[int]) -> float:
    """Share of the cells of these columns, but for the empty ones, that are values of a table."""
    cells = Counter(row[index].strip().lower() for row in body for index in columns if index < len(row))
    del cells['']
    return sum(count for cell, count in cells.items() if cell in VALUES) / total if (total := cells.total()) else 0.0
