"""Proposals of a data set on disk, read lazily."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.fileio import checksum
from mlkd.proposals import layout
from mlkd.proposals.checks import near_keys
from mlkd.proposals.mapped import AGAIN, MappedRows, map_array, read_header
from mlkd.structures import ProposalSet

#: Around where a missing key would stand, so many keys are searched for one spelt alike.
_NEIGHBOURS = 500


class ProposalStore:
    """Proposals by image key, from memory-mapped files (see :mod:`mlkd.proposals.layout`).

    Opening reads the header and maps the rest: time and memory do not grow with the number of boxes. It may be pickled
    (as its path) and used from forked or spawned processes.

    Args:
        path: Folder ``NAME.mlkd``.

    Raises:
        ProposalError: If it is not there, not a store, of another version or cut short.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self._header = read_header(self.path)
        arrays = {name: map_array(self.path, name, self._header) for name in layout.ARRAYS}
        # Plain views: slicing np.memmap costs several times as much.
        self._keys, self._offsets, self._sizes = (
            arrays[name].view(np.ndarray) for name in ('keys', 'offsets', 'sizes')
        )
        self._boxes, self._scores = MappedRows(arrays['boxes']), MappedRows(arrays['scores'])
        self._check_index()

    @classmethod
    def open(cls, path: str | Path) -> ProposalStore:
        """Open the store at ``path``; raises as the constructor does."""
        return cls(path)

    @property
    def header(self) -> dict[str, Any]:
        """What :func:`mlkd.proposals.layout.header_of` wrote."""
        return dict(self._header)

    def __len__(self) -> int:
        """Number of images."""
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return (layout.decode_key(bytes(key)) for key in self._keys)

    def keys(self) -> list[str]:
        """Keys of all images, sorted by their UTF-8 bytes."""
        return [layout.decode_key(key) for key in self._keys.tolist()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._position(key) is not None

    def __getitem__(self, key: str) -> ProposalSet:
        """Proposals of one image, as arrays of their own.

        Raises:
            ProposalError: If the store has no such key.
        """
        index = self._position(key)
        if index is None:
            raise self._missing([key])
        rows = self._offsets[index : index + 2].tolist()
        height, width = self._sizes[index].tolist()
        return ProposalSet(self._boxes.read(*rows), self._scores.read(*rows), (height, width))

    def counts(self, keys: Sequence[str] | None = None) -> np.ndarray:
        """Number of boxes of each image, without reading any.

        Args:
            keys: Images; all of the store, in the order of :meth:`keys`, if None.

        Returns:
            int64 (len(keys),).

        Raises:
            ProposalError: If one is missing.
        """
        counts = np.diff(self._offsets)
        if keys is None:
            return counts
        positions, found = self._find(keys)
        if not found.all():
            raise self._missing([key for key, there in zip(keys, found, strict=True) if not there])
        return counts[positions]

    def sizes(self) -> np.ndarray:
        """(height, width) of all images in the order of :meth:`keys`, int32 (N, 2)."""
        return self._sizes.copy()

    def chunks(self, boxes: int) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
        """All boxes and scores in turn, whole images at a time.

        Args:
            boxes: At most so many at a time; those of one image are never parted.

        Yields:
            first, last, boxes and scores of the images ``keys()[first:last]``, side by side.
        """
        first = 0
        while first < len(self):
            limit = int(self._offsets.searchsorted(self._offsets[first] + boxes, side='right')) - 1
            last = min(max(limit, first + 1), len(self))
            rows = int(self._offsets[first]), int(self._offsets[last])
            yield first, last, self._boxes.read(*rows), self._scores.read(*rows)
            first = last

    def check_dataset(self, dataset: str | Sequence[str]) -> None:
        """Raise unless these are the proposals of that data set.

        Args:
            dataset: Its name as in the header, or the keys of its images, all of which must be there.

        Raises:
            ProposalError: With both names, or how many keys are missing and the first of them.
        """
        if not isinstance(dataset, str):
            self.counts(dataset)
        elif dataset != self._header['dataset']:
            raise ProposalError(
                'The proposals belong to another data set.',
                where=self.path,
                found=repr(self._header['dataset']),
                expected=repr(dataset),
                fix='give the proposal file of this data set, or make one',
            )

    def verify(self) -> None:
        """Read all files and compare them with the checksums in the header.

        Raises:
            ProposalError: With the first file that has changed since it was written.
        """
        for name, entry in self._header['files'].items():
            found = checksum(layout.array_path(self.path, name))
            if found != entry['sha256']:
                raise ProposalError(
                    'The content of a proposal store has changed since it was written.',
                    where=layout.array_path(self.path, name),
                    found=f'SHA-256 {found}',
                    expected=entry['sha256'],
                    fix=AGAIN,
                )
        if layout.checksum_of(self._header['files']) != self._header['checksum']:
            raise ProposalError(
                'The header of a proposal store has changed since it was written.',
                where=self.path / layout.HEADER,
                fix=AGAIN,
            )

    def __reduce__(self) -> tuple:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        return f'ProposalStore({str(self.path)!r}: {len(self)} images, {self._header["boxes"]} boxes)'

    def _position(self, key: str) -> int | None:
        """Position of one key; None if it is not there."""
        wanted = layout.encode_key(key)
        # A key longer than all stored would have NumPy widen, that is copy, the mapped keys.
        if len(wanted) > self._keys.dtype.itemsize:
            return None
        position = int(self._keys.searchsorted(np.bytes_(wanted)))
        return position if position < len(self._keys) and self._keys[position] == wanted else None

    def _find(self, keys: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Position of each key (N,), and whether it is there (N,)."""
        wanted = np.array([layout.encode_key(key) for key in keys], dtype='S')
        positions = np.zeros(len(wanted), np.int64)
        possible = np.flatnonzero(np.char.str_len(wanted) <= self._keys.dtype.itemsize)
        exact = wanted[possible].astype(self._keys.dtype)
        positions[possible] = np.minimum(np.searchsorted(self._keys, exact), len(self._keys) - 1)
        found = np.zeros(len(wanted), bool)
        found[possible] = self._keys[positions[possible]] == exact
        return positions, found

    def _missing(self, keys: Sequence[str]) -> ProposalError:
        first = keys[0]
        near = int(self._keys.searchsorted(np.bytes_(layout.encode_key(first)[: self._keys.dtype.itemsize])))
        name = layout.encode_key(first.rsplit('/', 1)[-1])
        candidates = self._keys[np.char.endswith(self._keys, name)][:1].tolist()
        candidates += self._keys[max(near - _NEIGHBOURS, 0) : near + _NEIGHBOURS].tolist()
        hint = near_keys(first, map(layout.decode_key, candidates))
        what = 'An image has no entry' if len(keys) == 1 else f'{len(keys)} images have no entry'
        shown = ', '.join(keys[:5]) + (', ...' if len(keys) > 5 else '')
        return ProposalError(
            f'{what} in the proposal store.',
            where=self.path,
            found=shown,
            expected=f'keys like {layout.decode_key(bytes(self._keys[0]))} (data set {self._header["dataset"]!r})',
            fix=' '.join(filter(None, [hint, 'Is it the proposal file of this data set and of all its images?'])),
        )

    def _check_index(self) -> None:
        """Raise unless the index fits the arrays."""
        n, offsets = len(self._keys), self._offsets
        whole = (
            n > 0
            and len(offsets) == n + 1
            and len(self._sizes) == n
            and offsets[0] == 0
            and offsets[-1] == len(self._boxes) == len(self._scores)
            and bool((np.diff(offsets) >= 0).all())
            and (n, len(self._boxes)) == (self._header['images'], self._header['boxes'])
        )
        if not whole:
            raise ProposalError('The index of a proposal store does not fit its boxes.', where=self.path, fix=AGAIN)
