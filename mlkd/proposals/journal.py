"""What a generator has made so far: two files that are only appended to."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_ROW = 20  # bytes of a box and its score in float32


@dataclass(frozen=True)
class Entry:
    """Where the boxes of one image lie.

    Attributes:
        height: Of the image, pixels.
        width: Of the image, pixels.
        count: Number of boxes.
        offset: First byte in the data file.
    """

    height: int
    width: int
    count: int
    offset: int


class Journal:
    """Boxes of images in the order in which they were made, and an index of one JSON line each.

    An image's boxes are written before its line. Whatever a kill leaves, the lines that are whole, and whose boxes
    have the checksum they name, are kept; what comes after the last of these is cut off.

    Args:
        folder: Where ``data.bin`` and ``journal.jsonl`` are, or will be.
    """

    def __init__(self, folder: Path) -> None:
        # 'a' makes a file that is not there; 'r+' then allows both to be read and cut.
        for name in ('data.bin', 'journal.jsonl'):
            (folder / name).open('ab').close()
        self._data = (folder / 'data.bin').open('r+b')
        self._index = (folder / 'journal.jsonl').open('r+b')
        self.entries: dict[str, Entry] = {}
        self._recover()

    @staticmethod
    def begun(folder: Path) -> bool:
        """Whether anything was ever kept there."""
        index = folder / 'journal.jsonl'
        return index.exists() and index.stat().st_size > 0

    def append(self, key: str, bboxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> None:
        """Keep the boxes of one image; they outlive the process from here on."""
        content = bboxes.astype('<f4').tobytes() + scores.astype('<f4').tobytes()
        entry = Entry(*size, len(bboxes), self._data.tell())
        self._data.write(content)
        self._data.flush()
        line = json.dumps([key, entry.height, entry.width, entry.count, zlib.crc32(content)])
        self._index.write(line.encode() + b'\n')
        self._index.flush()
        self.entries[key] = entry

    def read(self, keys: list[str]) -> Iterator[tuple[bytes, bytes]]:
        """Boxes and scores of images, as little-endian float32."""
        end = self._data.tell()
        for key in keys:
            entry = self.entries[key]
            self._data.seek(entry.offset)
            content = self._data.read(entry.count * _ROW)
            yield content[: entry.count * 16], content[entry.count * 16 :]
        self._data.seek(end)

    def close(self) -> None:
        """Close both files."""
        self._data.close()
        self._index.close()

    def _recover(self) -> None:
        """Read what is there up to the first line that is not whole, and cut off the rest."""
        offset = length = 0
        for line in self._index:
            try:
                key, height, width, count, crc = json.loads(line)
                content = self._data.read(count * _ROW)
            except (ValueError, TypeError):
                break
            if not line.endswith(b'\n') or len(content) != count * _ROW or zlib.crc32(content) != crc:
                break
            self.entries[key] = Entry(height, width, count, offset)
            offset, length = offset + len(content), length + len(line)
        for file, end in ((self._data, offset), (self._index, length)):
            file.seek(end)
            file.truncate()
