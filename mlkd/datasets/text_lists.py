"""Reading the text lists that come with data sets."""

from __future__ import annotations

from pathlib import Path

from mlkd.errors import DataError


def list_lines(path: Path) -> list[str]:
    """Lines of a list that are not empty, without spaces around them.

    Line ends of any system count, and a byte order mark at the beginning does not.

    Args:
        path: A text file in UTF-8.

    Raises:
        DataError: If it cannot be read, is in another encoding, or holds zero bytes.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise DataError('A list cannot be read.', where=path, found=error.strerror) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b'\n') + 1
        raise DataError(
            'A list is not in UTF-8.',
            where=f'{path}:{line}',
            found=f'byte 0x{error.object[error.start]:02x}',
            fix='unpack the data again, or convert it: iconv -f CP1252 -t UTF-8 IN > OUT',
        ) from error
    before, zero, _ = text.partition('\0')
    if zero:
        line = before.count('\n') + 1
        raise DataError(
            'A list holds zero bytes, as a disk leaves them where a file was not written to its end.',
            where=f'{path}:{line}',
            fix='unpack the data again',
        )
    return [line.strip() for line in text.splitlines() if line.strip()]
