"""How a proposal store lies on disk.

A store is a folder ``NAME.mlkd`` with a JSON header and five plain ``.npy`` files (little-endian, no pickle), which
NumPy alone can read:

====================  ==================  ==========================================================================
file                  dtype, shape        what
====================  ==================  ==========================================================================
``keys.npy``          S (N,)              relative image paths, '/'-separated, UTF-8, sorted by their bytes
``offsets.npy``       int64 (N + 1,)      boxes of image i are rows offsets[i] to offsets[i + 1] of the next two
``boxes.npy``         float32 (total, 4)  xyxy in pixels of the image, zero-based, right and bottom edge exclusive
``scores.npy``        float32 (total,)    one per box; all 1 where the generator gives none
``sizes.npy``         int32 (N, 2)        (height, width) of the image in pixels
``header.json``                           what they are: data set, generator and its settings, counts, checksum
====================  ==================  ==========================================================================

Keys are sorted so that a binary search in the mapped file finds one: nothing is read or built when a store is opened.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 'mlkd-proposals'
VERSION = 1
HEADER = 'header.json'
#: Name of the file without ``.npy`` -> (dtype, columns or None for one dimension).
ARRAYS: dict[str, tuple[str, int | None]] = {
    'keys': ('S', None),
    'offsets': ('<i8', None),
    'sizes': ('<i4', 2),
    'boxes': ('<f4', 4),
    'scores': ('<f4', None),
}
BOX_FORMAT = 'xyxy'
BOX_UNIT = 'pixels of the image whose size is stored, zero-based, right and bottom edge exclusive'


def array_path(folder: Path, name: str) -> Path:
    """File of one of :data:`ARRAYS`."""
    return folder / f'{name}.npy'


def partial_path(path: str | Path) -> Path:
    """Folder in which a store is made until it is whole."""
    path = Path(path)
    return path.with_name(f'{path.name}.partial')


def encode_key(key: str) -> bytes:
    """A key as stored; file names that are not UTF-8 survive."""
    return key.encode('utf-8', 'surrogateescape')


def decode_key(key: bytes) -> str:
    """Inverse of :func:`encode_key`."""
    return key.decode('utf-8', 'surrogateescape')


def header_of(
    dataset: str,
    generator: dict[str, Any],
    counts: np.ndarray,
    files: dict[str, dict[str, Any]],
    shard: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The header of a finished store.

    Args:
        dataset: Name of the data set.
        generator: Type and settings of what made the boxes.
        counts: int (N,), boxes per image.
        files: For each of :data:`ARRAYS` its ``bytes`` and ``sha256``.
        shard: Which part of which images these are, where they are not all.
    """
    return {
        'format': FORMAT,
        'version': VERSION,
        'dataset': dataset,
        'box_format': BOX_FORMAT,
        'box_unit': BOX_UNIT,
        'generator': generator,
        **({} if shard is None else {'shard': shard}),
        'images': len(counts),
        'boxes': int(counts.sum()),
        'boxes_per_image': {'min': int(counts.min()), 'mean': float(counts.mean()), 'max': int(counts.max())},
        'checksum': checksum_of(files),
        'files': files,
    }


def checksum_of(files: dict[str, dict[str, Any]]) -> str:
    """SHA-256 of the content: of one line ``SHA-256 of the file, two spaces, its name`` per array, in fixed order."""
    lines = ''.join(f'{files[name]["sha256"]}  {name}.npy\n' for name in ARRAYS)
    return hashlib.sha256(lines.encode()).hexdigest()
