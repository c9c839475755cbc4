"""A list of objects in a JSON file, without the file in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mlkd.errors import ProposalError

_BLOCK = 1 << 20
#: No word of JSON (``-Infinity``) is longer, and no number that is cut can be told from a whole one before its end.
_WORD = 16
_SPACE = re.compile(r'[ \t\r\n]*')


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Go through the objects of a list.

    Args:
        path: A UTF-8 file that holds a list of objects and nothing else.

    Raises:
        ProposalError: If it cannot be read, is cut short, or is something else.
    """
    try:
        with open(path, encoding='utf-8-sig') as file:
            yield from _ListReader(path, file).rows()
    except (OSError, UnicodeDecodeError) as error:
        raise ProposalError('A JSON file cannot be read.', where=path, found=error, fix='check the file') from error


class _ListReader:
    """What is in memory of the file, and how far it has been read."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path, self._file = path, file
        self._text, self._position = '', 0
        self._decoder = json.JSONDecoder()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The objects one by one."""
        if self._peek() not in ('[', ''):
            raise self._wrong(f'it begins with {self._text[self._position :][:20]!r}')
        self._position += 1
        separator = ''
        while (mark := self._peek()) != ']':
            if separator and mark == separator:
                self._position += 1
                self._peek()
            elif separator and mark:
                raise self._wrong(f'{self._text[self._position :][:60]!r} where a comma should be')
            yield self._row()
            separator = ','
        self._position += 1
        if self._peek():
            raise self._wrong(f'{self._text[self._position :][:60]!r} after the end of the list')

    def _row(self) -> dict[str, Any]:
        """The object that begins here."""
        while True:
            try:
                row, self._position = self._decoder.raw_decode(self._text, self._position)
                break
            except json.JSONDecodeError as error:
                # A string, or a word or number at the end, may be going on in the next block.
                if not error.msg.startswith('Unterminated') and error.pos < len(self._text) - _WORD:
                    raise self._wrong(f'{error.msg} at {self._text[error.pos :][:40]!r}') from error
                if not self._more():
                    raise self._cut() from error
            except (ValueError, RecursionError) as error:
                # Whole numbers of thousands of digits, or lists in lists without end.
                raise self._wrong(error) from error
        if not isinstance(row, dict):
            raise self._wrong(f'{str(row)[:60]!r} in the list')
        return row

    def _peek(self) -> str:
        """The next character that is no space; ``''`` at the end of the file."""
        while True:
            space = _SPACE.match(self._text, self._position)
            self._position = self._position if space is None else space.end()
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                return ''

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        block = self._file.read(_BLOCK)
        self._text, self._position = self._text[self._position :] + block, 0
        return bool(block)

    def _cut(self) -> ProposalError:
        return ProposalError(
            'A JSON file is cut short or damaged.',
            where=self._path,
            found=f'{self._text[self._position :][:60]!r} before its end',
            expected='a list that is closed',
            fix='get or make the file again',
        )

    def _wrong(self, found: object) -> ProposalError:
        return ProposalError(
            'A JSON file is no list of results, or damaged.',
            where=self._path,
            found=found,
            expected='[{"image_id": 1, "bbox": [x, y, width, height], "score": 0.5}, ...]',
            fix='results, not an annotation file, can be converted',
        )
