"""Reading a file of labels, whatever its form."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

from mlkd.datasets.label_files.csv_file import read_csv
from mlkd.datasets.label_files.json_file import read_json
from mlkd.datasets.label_files.listing import Listing
from mlkd.datasets.label_files.photo_index import PhotoIndex
from mlkd.errors import DataError, near_file


def read_listing(
    path: str | Path, photos: PhotoIndex, classes: Sequence[str] = (), separator: str | None = None
) -> Listing:
    """Read a file of labels.

    Args:
        path: CSV (any separator) or JSON, UTF-8; UTF-16 where it says so in its first bytes.
        photos: The photos, by which columns are told apart.
        classes: Names of the labels, where they are known.
        separator: What stands between the labels of a cell; found out if None.

    Raises:
        DataError: If the file is missing, or is not as it should be; names the line.
    """
    path = Path(path)
    text = read_text(path)
    if path.suffix.lower() == '.json' or text.lstrip()[:1] in ('{', '['):
        return read_json(path, text)
    return read_csv(path, text, photos.holds, classes, separator)


def read_text(path: Path) -> str:
    """Text of a file.

    Raises:
        DataError: If it is missing, empty, a workbook of a spreadsheet, or in another encoding.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            'The file of labels cannot be read.',
            where=path,
            found=error.strerror,
            expected='a CSV or JSON file',
            fix=near_file(path),
        ) from error
    if data.startswith((b'PK\x03\x04', b'\xd0\xcf\x11\xe0')):
        fix = 'save it from the spreadsheet as CSV (UTF-8)'
        raise DataError(
            'The file of labels is a workbook, not a text.', where=path, expected='a CSV or JSON file', fix=fix
        )
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode('utf-16' if wide else 'utf-8-sig')
    except UnicodeDecodeError as error:
        # Without the mark at the beginning of all, which the position does not count.
        data = error.object
        line = data[: error.start].count(b'\n') + 1
        row = data.splitlines()[line - 1] if data.splitlines() else b''
        raise DataError(
            'The file of labels is not in UTF-8.',
            where=f'{path}, line {line}',
            found=f'byte 0x{data[error.start]:02x} in {row.decode("cp1252", "replace").strip()[:80]!r}',
            expected='UTF-8',
            fix="save it as UTF-8 (in a spreadsheet 'CSV UTF-8'), or convert it: iconv -f CP1252 -t UTF-8 IN > OUT",
        ) from error
    if '\0' in text:
        line = text[: text.index('\0')].count('\n') + 1
        raise DataError('The file of labels is no text.', where=f'{path}, line {line}', found='a zero byte')
    if not text.strip():
        raise DataError('The file of labels is empty.', where=path, expected='a row for each photo')
    return text
