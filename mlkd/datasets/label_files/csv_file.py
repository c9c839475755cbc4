"""Files of labels with columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from mlkd.datasets.label_files.csv_layout import (
    DELIMITERS,
    VALUES,
    Columns,
    find_columns,
    find_delimiter,
)
from mlkd.datasets.label_files.label_cells import find_separator, split_cell
from mlkd.datasets.label_files.listing import ListedPhoto, Listing, clean, named_labels, raise_if_any, split_name
from mlkd.errors import DataError

_FORMS = (
    'file,labels with several labels in a cell (a.jpg,cat;dog), one label per row (a.jpg,cat), or a column for each '
    'label with 1, 0 or ?'
)


def read_csv(
    path: Path,
    text: str,
    is_photo: Callable[[str], bool],
    classes: Sequence[str] = (),
    separator: str | None = None,
) -> Listing:
    """Read a table of labels.

    Args:
        path: The file, for messages.
        text: Its content.
        is_photo: Whether a cell names a photo.
        classes: Names of the labels, where they are known.
        separator: What stands between the labels of a cell; found out if None.

    Raises:
        DataError: If it is no table of labels; names the lines.
    """
    delimiter = find_delimiter(text, is_photo)
    rows = list(_rows(path, text, delimiter))
    if not rows:
        raise DataError('The file of labels is empty.', where=path, expected=_FORMS)
    columns = find_columns([cells for _, cells in rows], is_photo)
    body = rows[1:] if columns.head else rows
    if not body or not columns.labels:
        found = f'only a head: {delimiter.join(rows[0][1])[:80]}' if not body else f'one column: {rows[0][1][0][:80]}'
        raise DataError('The file of labels says no labels.', where=path, found=found, expected=_FORMS)
    of_form = _table if columns.form == 'table' else _names
    photos, labels, how = of_form(path, body, columns, classes, separator)
    parts = [
        f'columns separated by {DELIMITERS[delimiter]}',
        'with a head' if columns.head else 'without a head',
        how,
        *([f'left out: {", ".join(map(repr, columns.ignored))}'] if columns.ignored else []),
    ]
    return Listing(path, photos, '; '.join(parts), labels)


def _rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not empty."""
    lines = text.splitlines(keepends=True)
    # Some spreadsheets say in a first line what separates the columns.
    first = 1 if lines and lines[0].lower().startswith('sep=') else 0
    reader = csv.reader(lines[first:], delimiter=delimiter, skipinitialspace=delimiter != '\t', strict=True)
    while True:
        line = first + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                'A row cannot be read.',
                where=f'{path}, line {line}',
                found=f'{error}: {lines[line - 1].strip()[:80]}',
                expected='quotes only around whole cells, doubled within them',
                fix='mend this row; a quotation mark that is not closed swallows what follows',
            ) from error
        if any(cell.strip() for cell in cells):
            yield line, cells


def _table(
    path: Path,
    body: Sequence[tuple[int, list[str]]],
    columns: Columns,
    classes: Sequence[str],
    separator: str | None,
) -> tuple[list[ListedPhoto], list[str], str]:
    """Rows with a value for each label."""
    if columns.head is None and len(classes) != len(columns.labels):
        raise DataError(
            'The columns of labels have no names.',
            where=path,
            found=f'{len(columns.labels)} columns with 0 and 1, and no head',
            expected='a first row such as file,cat,dog',
            fix='add that row, or name the labels in the order of the columns: metainfo=dict(classes=[...])',
        )
    names = list(classes) if columns.head is None else [clean(columns.head[index]) for index in columns.labels]
    if len(set(names)) < len(names) or not all(names):
        raise DataError('The columns of labels need names, each another.', where=path, found=', '.join(names)[:200])
    wrong, photos = [], []
    width = 1 + max(columns.file, *columns.labels)
    for line, cells in body:
        if len(cells) < width or any(map(str.strip, cells[len(columns.head or cells) :])):
            wrong.append(f'line {line}: {len(cells)} cells, {cells[0][:60]}')
            continue
        values = {name: cells[index].strip().lower() for name, index in zip(names, columns.labels, strict=True)}
        odd = {name: value for name, value in values.items() if value and value not in VALUES}
        wrong += [f'line {line}, column {name}: {value[:40]}' for name, value in odd.items()]
        labels = {name: VALUES[value] for name, value in values.items() if value in VALUES}
        photos.append(_photo(line, cells, columns, labels, None))
    expected = f'{len(columns.head or body[0][1])} cells in each row; labels are 1, 0, ? or empty'
    fix = "mend these cells; take out columns that are no labels; call one whose cells name labels 'labels'"
    raise_if_any(wrong, 'Cells are no values of labels.', path, expected, fix)
    return photos, names, 'a column for each label'


def _names(
    path: Path,
    body: Sequence[tuple[int, list[str]]],
    columns: Columns,
    classes: Collection[str],
    separator: str | None,
) -> tuple[list[ListedPhoto], list[str], str]:
    """Rows whose cells name labels."""
    cells_of = [_label_cells(cells, columns) for _, cells in body]
    if separator is None:
        separator = find_separator([cell for cells in cells_of for cell in cells], classes)
    wrong, photos = [], []
    for (line, cells), named in zip(body, cells_of, strict=True):
        try:
            labels, others = named_labels(name for cell in named for name in split_cell(cell, separator))
        except ValueError as error:
            wrong.append(f'line {line}: {str(error)[:80]}')
            continue
        photos.append(_photo(line, cells, columns, labels, others))
    raise_if_any(wrong, 'Lists of labels cannot be read.', path, "['cat', 'dog']", 'mend these cells')
    how = 'cells name labels' + (f', separated by {_called(separator)}' if separator else ', one each')
    return photos, [], how


def _label_cells(cells: list[str], columns: Columns) -> list[str]:
    named = [cells[index] for index in columns.labels if index < len(cells)]
    # Names that are separated as the columns are run on behind the last of these.
    last = max(columns.labels)
    return named + (cells[last + 1 :] if last + 1 >= len(columns.head or cells[: last + 1]) else [])


def _photo(
    line: int, cells: Sequence[str], columns: Columns, labels: dict[str, int], others: int | None
) -> ListedPhoto:
    name = cells[columns.file].strip() if columns.file < len(cells) else ''
    split = cells[columns.split] if columns.split is not None and columns.split < len(cells) else ''
    return ListedPhoto(name, f'line {line}', labels, others, split_name(split))


def _called(separator: str) -> str:
    return DELIMITERS.get(separator, repr(separator))
