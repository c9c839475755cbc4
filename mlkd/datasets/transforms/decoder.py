"""Decoding an image file that may be anything: what its header declares, and what the decoder says about it."""

from __future__ import annotations

import io
import os
import tempfile
import threading
import warnings
from contextlib import suppress
from typing import IO

import cv2
import numpy as np
from PIL import Image

JPEG, _JPEG_END = b'\xff\xd8', b'\xff\xd9'
#: Start of the compressed pixels of a JPEG; markers of the segments that hold its size.
_SCAN, _FRAMES = 0xDA, frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: What libjpeg says of pixels that it made up.
_DAMAGE = ('Corrupt JPEG', 'Premature end of JPEG', 'Inconsistent progression', 'Invalid SOS')


def declared_size(data: np.ndarray) -> tuple[int, int] | None:
    """Width and height that the header of a file declares; None where it is of no known kind."""
    content = data.data
    if content[:2] == JPEG:
        position = _segments(content, _FRAMES)
        size = bytes(content[position + 5 : position + 9])
        return int.from_bytes(size[2:], 'big'), int.from_bytes(size[:2], 'big')
    try:
        # Of other kinds, which data sets rarely have, Pillow reads the header alone; for JPEGs it takes its time.
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                return Image.open(io.BytesIO(content)).size
            finally:
                Image.MAX_IMAGE_PIXELS = limit
    except Exception:  # What a parser of broken files raises is not limited to a few types.
        return None


def is_cut(data: np.ndarray) -> bool:
    """Whether a file is empty, or a JPEG that ends before its end marker.

    What some cameras append to a JPEG does no harm. Some builds of OpenCV fill what is missing with grey, and say
    nothing.
    """
    if not data.size:
        return True
    content = data.data
    if content[:2] != JPEG or content[-2:] == _JPEG_END:
        return False
    # A thumbnail among the header's segments has an end marker of its own: step over the segments.
    return bytes(content).find(_JPEG_END, _segments(content, frozenset())) < 0


def decode(data: np.ndarray, upright: bool) -> tuple[np.ndarray | None, str]:
    """Pixels of a file, and what is wrong with them.

    Args:
        data: Content of the file, uint8.
        upright: Whether to turn the image as its EXIF data say.

    Returns:
        uint8 (H, W, 3) BGR, or None where the decoder gives up; and libjpeg's words where it made up pixels, which it
        tells the error stream alone: ``''`` where it said nothing.
    """
    flags = cv2.IMREAD_COLOR if upright else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    img, stream = None, _ErrorStream()
    with stream, suppress(cv2.error):
        img = cv2.imdecode(data, flags)
    damage = next((line for line in stream.said.decode(errors='replace').splitlines() if line.startswith(_DAMAGE)), '')
    if stream.said and img is not None and not damage:
        os.write(2, stream.said)
    return img, damage


def _segments(content: memoryview, wanted: frozenset[int]) -> int:
    """Position of the first segment of a JPEG with a wanted marker, else where its pixels or something else begin."""
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker in wanted or marker == _SCAN:
            break
        # A marker may have any number of 0xFF before it.
        position += 1 if marker == 0xFF else 2 + (content[position + 2] << 8 | content[position + 3])
    return position


class _ErrorStream:
    """Takes what C libraries write to the error stream of this process meanwhile."""

    _lock = threading.Lock()
    _file: IO[bytes] | None = None

    said = b''

    def __enter__(self) -> _ErrorStream:
        self._lock.acquire()
        try:
            self._own = os.dup(2)
        except OSError:  # There is no error stream.
            self._own = -1
            return self
        if _ErrorStream._file is None:
            _ErrorStream._file = tempfile.TemporaryFile()
        os.dup2(_ErrorStream._file.fileno(), 2)
        return self

    def __exit__(self, *_: object) -> None:
        if self._own >= 0 and _ErrorStream._file is not None:
            os.dup2(self._own, 2)
            os.close(self._own)
            file = _ErrorStream._file.fileno()
            if size := os.fstat(file).st_size:
                self.said = os.pread(file, size, 0)
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
        self._lock.release()

    @classmethod
    def forget(cls) -> None:
        """For a process that was forked: what it shares with its parent is not its own."""
        cls._lock, cls._file = threading.Lock(), None


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_ErrorStream.forget)
