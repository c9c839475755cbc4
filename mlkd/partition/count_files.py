"""Files of counts: ``.npz`` and JSON, and the pickles of ML-GCN and CPSD."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import MLKDError, PartitionError, near_file
from mlkd.fileio import atomic_write, write_json
from mlkd.plain_pickle import load_plain, to_array

from .counts import LabelCounts
from .label_names import checked_names

#: Keys of the files, those of ML-GCN: labels, pairs, images.
_KEYS = ('classes', 'adj', 'nums')


def read_counts(path: str | Path, classes: Sequence[str] | None = None) -> LabelCounts:
    """Read counts.

    Args:
        path: ``.npz`` or ``.json`` with ``classes``, ``adj`` (K, K), ``nums`` (K,) and maybe ``dataset``; or a pickle
            of a dict with ``adj`` and ``nums``, of which nothing is executed.
        classes: Names of the labels in the order of the file, for one that does not name them.

    Raises:
        PartitionError: If the file is missing or damaged, lacks a key, does not name its labels, or holds counts that
            cannot be.
    """
    path = Path(path)
    read = _READERS.get(path.suffix)
    if read is None:
        expected = ', '.join(_READERS)
        raise PartitionError('A file of counts has an unknown ending.', where=path, found=path.name, expected=expected)
    if not path.is_file():
        raise PartitionError('There is no such file of counts.', where=path, fix=near_file(path))
    content = read(path)
    _check_keys(content, path)
    named = content.get('classes')
    if named is None:
        if classes is None:
            raise PartitionError(
                'The file does not say which labels it counts.',
                where=path,
                found=f'keys {", ".join(map(str, content))}',
                fix='give the names in the order of the file (read_counts(path, classes=...), --classes)',
            )
        named = classes
    try:
        named = checked_names(named.tolist() if isinstance(named, np.ndarray) else named, 'classes')
        return LabelCounts(named, content['nums'], content['adj'], str(content.get('dataset') or path.stem))
    except PartitionError as error:
        raise error.at(path, ', ') from None


def write_counts(counts: LabelCounts, path: str | Path) -> Path:
    """Write counts, atomically.

    Args:
        counts: The counts.
        path: ``.npz`` or ``.json``.

    Returns:
        The file.

    Raises:
        PartitionError: If the ending is another.
    """
    path = Path(path)
    if path.suffix == '.npz':
        with atomic_write(path, 'wb') as file:
            np.savez(
                file,
                classes=np.array(counts.classes),
                adj=counts.pairs,
                nums=counts.images,
                dataset=np.array(counts.dataset),
            )
    elif path.suffix == '.json':
        content = {'dataset': counts.dataset, 'classes': list(counts.classes), 'nums': counts.images.tolist()}
        write_json(path, {**content, 'adj': counts.pairs.tolist()})
    else:
        raise PartitionError('Counts are written as .npz or .json.', where=path, found=path.suffix or 'no ending')
    return path


def _read_npz(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in (*_KEYS, 'dataset') if name in arrays.files}
    except Exception as error:
        # What a damaged file raises depends on where it is damaged: zip, zlib and I/O errors, ValueError, TypeError.
        raise _damaged(path, error) from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def _read_pickle(path: Path) -> Any:
    content = load_plain(path, PartitionError)
    if not isinstance(content, dict):
        return content
    return {key: to_array(value) if key in ('adj', 'nums') else value for key, value in content.items()}


_READERS: dict[str, Callable[[Path], Any]] = {
    '.npz': _read_npz,
    '.json': _read_json,
    '.pkl': _read_pickle,
    '.pickle': _read_pickle,
}


def _check_keys(content: Any, path: Path) -> None:
    keys = list(content) if isinstance(content, Mapping) else None
    missing = [key for key in ('adj', 'nums') if keys is None or content.get(key) is None]
    if missing:
        raise PartitionError(
            'The file holds no counts.',
            where=path,
            found=f'keys {", ".join(map(str, keys)) or "none"}' if keys is not None else type(content).__name__,
            expected='the keys adj (pairs, K x K) and nums (images, K)',
        )


def _damaged(path: Path, error: Exception) -> MLKDError:
    return PartitionError(
        'A file of counts cannot be read.',
        where=path,
        found=f'{type(error).__name__}: {str(error)[:200]}',
        expected='arrays of numbers and names, without pickles',
        fix='get or make the file again',
    )
