"""Writing a proposal store image by image."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.fileio import checksum, write_json
from mlkd.proposals import layout
from mlkd.proposals.checks import check_boxes, check_key, differing, near_keys
from mlkd.proposals.journal import Journal


class ProposalWriter:
    """Makes a store at ``path``.

    Until :meth:`finish` everything is in ``path.partial``, from which a killed run goes on.

    Memory does not grow with the number of boxes. The finished store depends on what was added and not on the order.

    Args:
        path: Folder of the store, ``NAME.mlkd``.
        dataset: Name of the data set.
        generator: Type and settings of what makes the boxes; plain JSON values.
        resume: Go on with what an earlier writer left; otherwise that is removed.
        shard: Of one of several parts of a data set, what :meth:`mlkd.proposals.sharding.Shard.header` gives.

    Raises:
        ProposalError: If the store is there already, another process writes it, or what is there to go on with was
            made for another data set or with other settings.
    """

    def __init__(
        self,
        path: str | Path,
        dataset: str,
        generator: Mapping[str, Any],
        resume: bool = True,
        shard: Mapping[str, Any] | None = None,
    ) -> None:
        self.path, self.partial = Path(path), layout.partial_path(path)
        self.dataset, self.generator = dataset, json.loads(json.dumps(dict(generator)))
        self.shard = None if shard is None else dict(shard)
        if self.path.exists():
            raise ProposalError(
                'The proposal store is there already.', where=self.path, fix='remove it or name another'
            )
        with _disk_errors(self.partial):
            self.partial.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self.partial)
            if not resume:
                _empty(self.partial)
            self._claim()
            self.failures.unlink(missing_ok=True)
            self._journal = Journal(self.partial)

    def __enter__(self) -> ProposalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of images added so far, by this writer or by those before it."""
        return len(self._journal.entries)

    def __contains__(self, key: object) -> bool:
        return key in self._journal.entries

    def add(self, key: str, bboxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> None:
        """Append the proposals of one image.

        Args:
            key: Its relative path, '/'-separated.
            bboxes: (R, 4), xyxy pixels, zero-based, right and bottom edge exclusive; R may be 0.
            scores: (R,).
            size: (height, width) of the image in pixels.

        Raises:
            ProposalError: If a box leaves the image, has no area or is not finite (with the row); if the key was added
                before; if the disk is full.
        """
        check_key(key)
        if key in self:
            raise ProposalError('An image was added twice.', where=self.path, found=key, expected='each image once')
        # Checked as they will be stored: rounding to float32 may move a box over the border.
        # Of 0 and -0, which are equal, one is stored: no format and no checksum shall tell them apart.
        boxes, weights = (np.asarray(values, np.float32) + np.float32(0) for values in (bboxes, scores))
        check_boxes(key, boxes, weights, size)
        with _disk_errors(self.partial):
            self._journal.append(key, boxes, weights, (int(size[0]), int(size[1])))

    @property
    def failures(self) -> Path:
        """File with a JSON line ``[key, reason]`` for each image that this writer was told of as failed."""
        return self.partial / 'failures.jsonl'

    def note_failure(self, key: str, reason: str) -> None:
        """Record that an image gets no proposals, and why; the next writer begins without this record."""
        with _disk_errors(self.partial), self.failures.open('a', encoding='utf-8') as file:
            file.write(json.dumps([key, reason]) + '\n')

    def finish(self, keys: Sequence[str] | None = None) -> Path:
        """Make the store out of what was added, in one step that either happens or not.

        Args:
            keys: Images that go into it; all, if None.

        Returns:
            Its path.

        Raises:
            ProposalError: If there is no image, one of ``keys`` was not added, or the disk is full.
        """
        keys = list(self._journal.entries) if keys is None else list(keys)
        missing = [key for key in keys if key not in self]
        if missing or not keys:
            raise ProposalError(
                f'{len(missing)} of {len(keys)} images have not been added.',
                where=self.path,
                found=', '.join(missing[:5]) or 'no image',
                fix=near_keys(missing[0], self._journal.entries) if missing else 'add images before finish()',
            )
        keys.sort(key=layout.encode_key)
        built = self.partial / 'finished'
        with _disk_errors(self.partial):
            shutil.rmtree(built, ignore_errors=True)
            built.mkdir()
            self._write_arrays(built, keys)
            os.replace(built, self.path)
            self.close()
            shutil.rmtree(self.partial)
        return self.path

    def close(self) -> None:
        """Let go of the files; what was added stays for the next writer."""
        self._journal.close()
        self._lock.close()

    def _write_arrays(self, folder: Path, keys: list[str]) -> None:
        entries = [self._journal.entries[key] for key in keys]
        counts = np.array([entry.count for entry in entries], np.int64)
        small = {
            'keys': np.array([layout.encode_key(key) for key in keys], dtype='S'),
            'offsets': np.concatenate([[0], np.cumsum(counts)]).astype('<i8'),
            'sizes': np.array([(entry.height, entry.width) for entry in entries], dtype='<i4'),
        }
        for name, array in small.items():
            with _synced(layout.array_path(folder, name)) as file:
                np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
        total = int(counts.sum())
        with (
            _synced(layout.array_path(folder, 'boxes')) as boxes,
            _synced(layout.array_path(folder, 'scores')) as scores,
        ):
            for file, shape in ((boxes, (total, 4)), (scores, (total,))):
                head = {'descr': '<f4', 'fortran_order': False, 'shape': shape}
                np.lib.format.write_array_header_1_0(file, head)
            for box_bytes, score_bytes in self._journal.read(keys):
                boxes.write(box_bytes)
                scores.write(score_bytes)
        paths = {name: layout.array_path(folder, name) for name in layout.ARRAYS}
        files = {name: {'bytes': path.stat().st_size, 'sha256': checksum(path)} for name, path in paths.items()}
        write_json(folder / layout.HEADER, layout.header_of(self.dataset, self.generator, counts, files, self.shard))

    def _claim(self) -> None:
        """Note what is being made, or check that it is the same as what has been made before."""
        path, mine = self.partial / 'making.json', {'dataset': self.dataset, 'generator': self.generator}
        if self.shard is not None:
            mine['shard'] = self.shard
        if not Journal.begun(self.partial):
            write_json(path, mine)
            return
        try:
            begun = json.loads(path.read_text(encoding='utf-8'))
        except (FileNotFoundError, ValueError):
            begun = 'an unreadable making.json'
        if begun != mine:
            found, expected = differing(begun, mine)
            raise ProposalError(
                'An unfinished proposal store was begun with other settings.',
                where=self.partial,
                found=found,
                expected=expected,
                fix='give the settings it was begun with, name another store, or begin anew (--restart)',
            )


def _lock(folder: Path) -> Any:
    """Keep other processes out; the system lets go of the lock when this one ends, however it ends."""
    file = (folder / 'lock').open('w')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ProposalError(
            'Another process is making this proposal store.', where=folder, fix='wait for it, or stop it'
        ) from None
    return file


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != 'lock':
            path.unlink()


@contextmanager
def _synced(path: Path) -> Iterator[Any]:
    with path.open('wb') as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ProposalError(
            'Proposals cannot be written.',
            where=path,
            found=error.strerror or str(error),
            fix='see to space and rights; what was made is kept: the same command goes on',
        ) from error
