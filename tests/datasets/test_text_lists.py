"""Lists as editors of all systems leave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.datasets.text_lists import list_lines
from mlkd.errors import DataError


def test_line_ends_spaces_empty_lines_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_bytes('\ufeffa 1\r\n\r\n  ü  \n \t\nc'.encode())
    assert list_lines(path) == ['a 1', 'ü', 'c']


def test_wrong_encoding_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_bytes(b'a\n\xfc\n')
    with pytest.raises(DataError, match='not in UTF-8') as caught:
        list_lines(path)
    assert caught.value.where == f'{path}:2'
    assert caught.value.found == 'byte 0xfc'
    with pytest.raises(DataError, match='cannot be read') as caught:
        list_lines(tmp_path)
    assert caught.value.where == tmp_path


def test_zero_bytes(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_bytes(b'a\nb\n' + bytes(9))
    with pytest.raises(DataError, match='zero bytes') as caught:
        list_lines(path)
    assert caught.value.where == f'{path}:3'
