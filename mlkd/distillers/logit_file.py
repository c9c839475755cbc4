"""Rows of numbers by key, appended to a file one by one."""

from __future__ import annotations

import warnings
import zlib
from pathlib import Path

import numpy as np

from mlkd.fileio import atomic_write

#: Bytes of a key.
KEY = 16


class LogitFile:
    """A record is a key, a row and a checksum of both.

    What is damaged, or what a run that was stopped left half written, is left out when the file is opened; records
    that several runs append at a time stand one after the other. The file may be removed at any time.

    Args:
        path: The file; it and its folder are made with the first record.
        width: Numbers in a row.

    Attributes:
        rows: What the file held when it was opened, and what was added since; float32 (width,) by key.
    """

    def __init__(self, path: Path, width: int) -> None:
        self.path = path
        self.rows: dict[bytes, np.ndarray] = {}
        self._size = KEY + 4 * width + 4
        self._writes = True
        if path.is_file():
            self._read()

    def add(self, key: bytes, row: np.ndarray) -> None:
        """Keep a row under a key that is not there yet."""
        content = key + np.ascontiguousarray(row, '<f4').tobytes()
        self.rows[key] = np.frombuffer(content, '<f4', offset=KEY)
        if not self._writes:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Records are short, and go out in one call each.
            with open(self.path, 'ab', buffering=0) as file:
                file.write(_sealed(content))
        except OSError as error:
            self._writes = False
            warnings.warn(f'{self.path}: logits cannot be kept ({error}).', stacklevel=2)

    def _read(self) -> None:
        content = self.path.read_bytes()
        records = [content[start : start + self._size] for start in range(0, len(content), self._size)]
        whole = [record for record in records if record == _sealed(record[:-4])]
        for record in whole:
            self.rows[record[:KEY]] = np.frombuffer(record[:-4], '<f4', offset=KEY)
        if sum(map(len, whole)) == len(content):
            return
        damaged = len(records) - len(whole)
        warnings.warn(f'{self.path}: {damaged} damaged record(s) are left out.', stacklevel=2)
        try:
            with atomic_write(self.path, 'wb') as file:
                file.write(b''.join(whole))
        except OSError:
            self._writes = False


def _sealed(content: bytes) -> bytes:
    return content + zlib.crc32(content).to_bytes(4, 'little')
