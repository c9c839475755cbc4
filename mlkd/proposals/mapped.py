"""Opening the files of a store: what is wrong with them is said here, and what is right is mapped."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals import layout

AGAIN = 'make it again, or copy it again from where it came'


class MappedRows:
    """Ranges of rows of a mapped array.

    Args:
        array: From :func:`map_array`.
    """

    def __init__(self, array: np.memmap) -> None:
        self._mapping: Any = array.base
        self._start, self._row_bytes = array.offset, int(array.itemsize * np.prod(array.shape[1:]))
        # A plain view: slicing np.memmap costs several times as much.
        self._array = array.view(np.ndarray)

    def __len__(self) -> int:
        return len(self._array)

    def read(self, first: int, last: int) -> np.ndarray:
        """Rows ``first`` to ``last - 1``, as an array of their own."""
        if last > first:
            # Without this the system reads far around each page that is touched: 25 times slower at random.
            begin = self._start + first * self._row_bytes
            begin -= begin % mmap.PAGESIZE
            self._mapping.madvise(mmap.MADV_WILLNEED, begin, self._start + last * self._row_bytes - begin)
        return self._array[first:last].copy()


def read_header(path: Path) -> dict[str, Any]:
    """Header of a store.

    Raises:
        ProposalError: If there is none, it is not a store, or of another version.
    """
    if not path.exists():
        partial = layout.partial_path(path)
        fix = f'{partial.name} is one that is not finished: run its generator again' if partial.exists() else None
        raise ProposalError(
            'There is no proposal store.',
            where=path,
            fix=fix or 'make one: python tools/proposals.py generate IMAGES --out NAME.mlkd',
        )
    expected = f'a folder with {layout.HEADER} and {len(layout.ARRAYS)} .npy files'
    try:
        header = json.loads((path / layout.HEADER).read_text(encoding='utf-8'))
        if not isinstance(header, dict) or header.get('format') != layout.FORMAT:
            raise ValueError(f'no "format": "{layout.FORMAT}" in the header')
        if header['version'] == layout.VERSION:
            missing = {'dataset', 'generator', 'images', 'boxes', 'checksum', 'files'} - set(header)
            if missing or set(header['files']) != set(layout.ARRAYS):
                raise ValueError(f'the header lacks {sorted(missing) or "a file"}')
            if not all({'bytes', 'sha256'} <= set(file) for file in header['files'].values()):
                raise ValueError("the header lacks the 'bytes' or 'sha256' of a file")
            for name, kind in {'dataset': str, 'images': int, 'boxes': int}.items():
                if not isinstance(header[name], kind):
                    raise ValueError(f'{name} is {header[name]!r:.80} in the header')
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        found = f'{type(error).__name__}: {error}'
        raise ProposalError(
            'This is not a proposal store.',
            where=path,
            found=found,
            expected=expected,
            fix=f'name another path; if it was a store: {AGAIN}',
        ) from error
    if header['version'] != layout.VERSION:
        raise ProposalError(
            'The proposal store is of another format version.',
            where=path,
            found=header['version'],
            expected=layout.VERSION,
            fix='make it again with this mlkd, or use the mlkd that wrote it',
        )
    return header


def map_array(folder: Path, name: str, header: dict[str, Any]) -> np.memmap:
    """One of :data:`layout.ARRAYS`, mapped.

    Args:
        folder: The store.
        name: Name of the array.
        header: The store's header.

    Raises:
        ProposalError: If its file is missing, cut short, or holds something else.
    """
    path, expected = layout.array_path(folder, name), header['files'][name]['bytes']
    size = path.stat().st_size if path.is_file() else None
    if size != expected:
        raise ProposalError(
            'A file of the proposal store is missing, cut short or too long.',
            where=path,
            found='no file' if size is None else f'{size} bytes',
            expected=f'{expected} bytes',
            fix=AGAIN,
        )
    dtype, columns = layout.ARRAYS[name]
    try:
        array = np.load(path, mmap_mode='r', allow_pickle=False)
    except Exception as error:
        # The head of the file is parsed as Python's: of a damaged one anything may come out.
        raise ProposalError('A file cannot be read.', where=path, found=str(error), fix=AGAIN) from error
    fits = array.dtype.kind == 'S' if dtype == 'S' else array.dtype == np.dtype(dtype)
    if not fits or array.shape[1:] != (() if columns is None else (columns,)):
        raise ProposalError('A file holds another array than it should.', where=path, found=array.dtype, fix=AGAIN)
    return array
