"""Divides photos into those to train, to validate and to test with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.datasets.stratified_split import stratified_split
from mlkd.errors import DataError, some

SPLITS = ('train', 'val', 'test')


@dataclass(frozen=True)
class Division:
    """Photos in splits.

    Attributes:
        of: The split of each photo, by key.
        groups: Keys of the photos that show the same, two or more together.
        proposed: Whether it was made here; else the file of labels says it.
    """

    of: Mapping[str, str]
    groups: Sequence[Sequence[str]]
    proposed: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The splits that there are, in order."""
        return tuple(name for name in SPLITS if name in set(self.of.values()))

    def members(self) -> dict[str, list[str]]:
        """Keys of the photos of each split."""
        return {name: [key for key, split in self.of.items() if split == name] for name in self.names}

    def straddling(self) -> list[Sequence[str]]:
        """Groups of photos that show the same, in more than one split."""
        return [group for group in self.groups if len({self.of.get(key) for key in group}) > 1]

    def rows(self, photos: CheckedPhotos, split: str) -> np.ndarray:
        """Labels of the photos of a split, (n, K)."""
        return photos.labels[[self.of.get(key) == split for key in photos.keys]]


def divide(photos: CheckedPhotos, shares: Mapping[str, float], seed: int) -> Division:
    """Splits as the file of labels has them, else proposed ones.

    Args:
        photos: The photos.
        shares: Share of each split.
        seed: Of the proposal.

    Raises:
        DataError: If the file's splits do not do, or all photos show the same.
    """
    groups = [
        [photos.keys[index] for index in np.flatnonzero(photos.groups == group)]
        for group in np.flatnonzero(np.bincount(photos.groups) > 1)
    ]
    if photos.splits:
        return Division(_as_written(photos), groups, proposed=False)
    split = stratified_split(photos.labels, photos.groups, list(shares.values()), seed)
    names = list(shares)
    found = {key: names[index] for key, index in zip(photos.keys, split, strict=True)}
    if len(set(found.values())) < len(names):
        raise DataError(
            'The photos cannot be divided: too many show the same.',
            found=f'{len(photos.keys)} photos, {len(set(photos.groups.tolist()))} of them different',
            expected='different photos in each split',
            fix='add other photos',
        )
    return Division(found, groups, proposed=True)


def _as_written(photos: CheckedPhotos) -> dict[str, str]:
    splits = {key: photos.splits[key] for key in photos.keys if key in photos.splits}
    # What there is to measure on is that to validate with.
    if 'val' not in splits.values():
        splits = {key: 'val' if split == 'test' else split for key, split in splits.items()}
    without = [key for key in photos.keys if key not in splits]
    odd = sorted(set(splits.values()) - set(SPLITS))
    if odd or without or not {'train', 'val'} <= set(splits.values()):
        raise DataError(
            'The splits in the file of labels do not do.',
            found=', '.join(sorted(set(splits.values()))) + (f'; none for {some(without, 3)}' if without else ''),
            expected='train and val (or test) for each photo',
            fix='mend the column, or take it out: then splits are proposed',
        )
    return splits
