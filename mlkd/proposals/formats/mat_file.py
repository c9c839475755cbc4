"""Reading and writing variables of MATLAB files (version 5 to 7)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import io

from mlkd.errors import ProposalError, did_you_mean
from mlkd.fileio import atomic_write

#: Bytes before the first variable.
_HEADER = 128


def load_mat(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Variables of a file.

    Args:
        path: The file.
        required: Names of variables that must be there.
        optional: Names of others that are wanted.

    Raises:
        ProposalError: If the file is missing, damaged, of version 7.3, or lacks a variable.
    """
    try:
        with path.open('rb') as file:
            head = file.read(_HEADER)
        if head.startswith((b'MATLAB 7.3', b'\x89HDF')):
            raise ProposalError(
                'A MATLAB file is of version 7.3, which is HDF5.',
                where=path,
                expected='version 5 to 7',
                fix="save it again in MATLAB: s = load('FILE.mat'); save('NEW.mat', '-struct', 's', '-v7')",
            )
        _check_whole(path, head)
        found = io.loadmat(str(path), variable_names=[*required, *optional], appendmat=False)
    except ProposalError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise ProposalError(
                'A MATLAB file cannot be read.', where=path, found=error.strerror, fix='check the path'
            ) from error
        # Of a damaged file SciPy raises whatever it stumbles over.
        raise ProposalError(
            'A MATLAB file is damaged or cut short.',
            where=path,
            found=f'{type(error).__name__}: {error}',
            fix='get or make the file again',
        ) from error
    for name in required:
        if name not in found:
            there = variables(path)
            raise ProposalError(
                'A MATLAB file lacks a variable, or is cut short.',
                where=path,
                found=', '.join(there) or 'no variable',
                expected=name,
                fix=did_you_mean(name, there) or None,
            )
    return {name: value for name, value in found.items() if not name.startswith('__')}


def variables(path: Path) -> list[str]:
    """Names of the variables in a file, which are not read; none, if it cannot be understood."""
    try:
        return [name for name, _, _ in io.whosmat(str(path), appendmat=False)]
    except Exception:
        # As above; the one who reads it says what is wrong.
        return []


def save_mat(path: Path, content: Mapping[str, Any]) -> None:
    """Write variables to a compressed file of version 5, atomically.

    Raises:
        ProposalError: If one is too large for this version (4 GB).
    """
    try:
        with atomic_write(path, 'wb') as file:
            io.savemat(file, dict(content), do_compression=True)
    except io.matlab.MatWriteError as error:
        raise ProposalError(
            'Proposals are too large for a MATLAB file.', where=path, found=error, fix='write a folder: --to mcg'
        ) from error


def cell(items: Sequence[Any], column: bool = False) -> np.ndarray:
    """A cell array of one row, or of one column."""
    array = np.empty((len(items), 1) if column else (1, len(items)), dtype=object)
    array.ravel()[:] = _each(items)
    return array


def _each(items: Sequence[Any]) -> np.ndarray:
    # np.array(items) would make one array of items of equal shape.
    array = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        array[position] = item
    return array


def cell_items(value: np.ndarray, name: str, path: Path) -> list[np.ndarray]:
    """Items of a cell array.

    Raises:
        ProposalError: If it is none.
    """
    if value.dtype != object:
        raise ProposalError(
            'A variable of a MATLAB file is no cell array with an item for each image.',
            where=f'{path}, {name}',
            found=f'{value.dtype} {value.shape}',
            fix='a folder with a file for each image: --from mcg',
        )
    return list(value.ravel())


def text_of(item: Any) -> str | int:
    """A name or number in a cell."""
    array = np.asarray(item)
    if array.size == 1 and array.dtype.kind in 'iuf':
        return int(array.reshape(-1)[0])
    return ''.join(str(part) for part in array.ravel()).strip()


def numbers(value: Any) -> np.ndarray | None:
    """An array of numbers; None if it is something else (also a sparse one)."""
    return value if isinstance(value, np.ndarray) and value.dtype.kind in 'biuf' else None


def _check_whole(path: Path, head: bytes) -> None:
    """Raise unless the last variable of a file of version 5 ends where the file does; SciPy would read those before it.

    Raises:
        ValueError: If it does not.
    """
    order = {b'IM': '<', b'MI': '>'}.get(head[126:_HEADER])
    if order is None and len(head) == _HEADER:
        # Version 4 has no such header.
        return
    size, position = path.stat().st_size, _HEADER
    with path.open('rb') as file:
        while position < size:
            file.seek(position)
            tag = file.read(8)
            if len(tag) < 8:
                break
            position += 8 + struct.unpack(f'{order}II', tag)[1]
    if position != size or size == _HEADER or len(head) < _HEADER:
        raise ValueError(f'{size} bytes, which end within a variable')
