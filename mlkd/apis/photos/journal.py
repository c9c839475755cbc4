"""What was found of photos so far, kept beside the file of results so that none is lost when a run stops."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from mlkd.apis.photos.results import PhotoResult

#: Of the fields of a result that are arrays, the types.
_ARRAYS = {'scores': '<f4', 'boxes': '<f4', 'box_labels': '<i8', 'box_scores': '<f4'}


class PhotoJournal:
    """Results of photos, a JSON line each in the order in which they came, after a line that says of what network.

    A result counts as long as its photo has the same size and time of change. Lines of another network, and a last line
    that is not whole, are cut off.

    Args:
        out: File of results; the journal stands beside it, ``.NAME.journal``.
        network: Fingerprint of the network and of all else that its scores depend on.
        classes: Names of its labels.
        thresholds: What is to be passed now, whatever it was.
    """

    def __init__(self, out: Path, network: str, classes: Sequence[str], thresholds: Sequence[float]) -> None:
        self.path = out.with_name(f'.{out.name}.journal')
        self.classes, self.thresholds = tuple(classes), thresholds
        self._head = {'network': network, 'classes': list(classes)}
        self._entries: dict[str, dict[str, Any]] = {}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> PhotoJournal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.open('ab').close()
        self._file = self.path.open('r+b')
        self._recover()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def find(self, photo: Path) -> PhotoResult | None:
        """The result of a photo, if it is here and the photo is still the same."""
        entry = self._entries.get(_name(photo))
        if entry is None or entry['state'] != _state(photo):
            return None
        arrays = {key: _unpacked(entry[key], kind) for key, kind in _ARRAYS.items() if entry.get(key) is not None}
        if 'boxes' in arrays:
            arrays['boxes'] = arrays['boxes'].reshape(-1, 4)
        return PhotoResult(photo, self.classes, thresholds=np.asarray(self.thresholds, np.float64), **arrays)

    def add(self, result: PhotoResult) -> None:
        """Keep a result; it outlives the process from here on."""
        arrays = {key: getattr(result, key) for key in _ARRAYS}
        self._append(
            {
                'photo': _name(result.photo),
                'state': _state(result.photo),
                **{key: _packed(x, _ARRAYS[key]) for key, x in arrays.items() if x is not None},
            }
        )

    def drawn(self, photo: Path) -> str | None:
        """What :meth:`note_drawn` was told of a photo, if its result is here."""
        return self._entries.get(_name(photo), {}).get('drawn')

    def note_drawn(self, photo: Path, how: str) -> None:
        """Note that a photo's picture was drawn, and how."""
        self._append({**self._entries[_name(photo)], 'drawn': how})

    def _append(self, entry: dict[str, Any]) -> None:
        assert self._file is not None
        self._write(entry)
        self._entries[entry['photo']] = entry

    def _write(self, content: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(content).encode() + b'\n')
        self._file.flush()

    def _recover(self) -> None:
        """Read what is there up to the first line that is not whole, and cut off the rest."""
        assert self._file is not None
        length = 0
        for number, line in enumerate(self._file):
            try:
                content = json.loads(line)
                if not line.endswith(b'\n') or (number == 0 and content != self._head):
                    break
                if number and not {'photo', 'state', 'scores'} <= content.keys():
                    break
                if number:
                    self._entries[content['photo']] = content
            except (ValueError, TypeError, AttributeError):
                break
            length += len(line)
        self._file.seek(length)
        self._file.truncate()
        if not length:
            self._write(self._head)


def _name(photo: Path) -> str:
    return os.fsencode(os.path.abspath(photo)).decode(errors='backslashreplace')


def _state(photo: Path) -> list[int] | None:
    """Size and time of change of a file; None where there is none."""
    try:
        status = photo.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _packed(array: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def _unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)
