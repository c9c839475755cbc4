"""Rows and photos brought together: each photo once, with all that is said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlkd.datasets.label_files.listing import ListedPhoto, Listing, raise_if_any
from mlkd.datasets.label_files.photo_index import PhotoIndex


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos that a file says the labels of.

    Attributes:
        keys: The photos, sorted.
        labels: For each, 1, 0 or -1 by label, of the labels that it names.
        others: For each, what the labels are that it does not name.
        splits: The split of each, where the file says one.
        unlabelled: Keys of the photos that the file does not name.
        names: All labels, sorted.
        how: How the file was understood.
    """

    keys: Sequence[str]
    labels: Sequence[Mapping[str, int]]
    others: Sequence[int]
    splits: Mapping[str, str]
    unlabelled: Sequence[str]
    names: Sequence[str]
    how: str

    def vectors(self, classes: Sequence[str]) -> np.ndarray:
        """Labels of all photos, int8 (N, K): 1 present, 0 absent, -1 not known."""
        column = {name: index for index, name in enumerate(classes)}
        found = np.repeat(np.asarray(self.others, np.int8)[:, None], len(column), axis=1)
        for row, labels in enumerate(self.labels):
            for name in labels.keys() & column.keys():
                found[row, column[name]] = labels[name]
        return found


def match(listing: Listing, photos: PhotoIndex) -> LabelledPhotos:
    """Find the photo of each row and put together what the rows say.

    Rows of one photo add up where each row of the file names one label at most; else they must say the same.

    Raises:
        DataError: If rows name photos that are not there or that may be several, or contradict each other; all of
            them are named.
    """
    rows, missing, several = defaultdict(list), [], []
    for row in listing.photos:
        found = photos.find(row.name)
        if len(found) == 1:
            rows[found[0]].append(row)
        elif found:
            several.append(f'{row.where}: {row.name} may be {" or ".join(found[:3])}')
        else:
            missing.append(f'{row.where}: {row.name or "(no name)"}{photos.missing(row.name)}')
    raise_if_any(
        missing,
        'Rows name photos that are not there.',
        listing.path,
        f'names of the {len(photos.keys)} photos in {photos.folder}, such as {photos.keys[0]}',
        'mend these names, add the files, or take the rows out',
    )
    raise_if_any(
        several,
        'Rows name photos that may be several.',
        listing.path,
        'names with their folders where files are called the same',
        'write the path below the folder of photos, with the ending of the file',
    )
    adding_up, unsaid = listing.one_label_per_row, listing.unsaid
    merged, others, splits, wrong = [], [], {}, []
    for key in sorted(rows):
        labels, rest, contradiction = _together(rows[key], adding_up, unsaid)
        merged.append(labels)
        others.append(rest)
        said = {row.split: row.where for row in rows[key] if row.split}
        if len(said) > 1:
            contradiction = ', '.join(f'{where} says {split}' for split, where in said.items())
        wrong += [f'{key}: {contradiction}'] if contradiction else []
        splits.update(dict.fromkeys([key], next(iter(said))) if said else {})
    raise_if_any(
        wrong,
        'Rows contradict each other.',
        listing.path,
        'one row for each photo with all its labels, or one row for each label in the whole file',
        'take out the rows that are wrong',
    )
    names = sorted({name for labels in merged for name in labels} | set(listing.labels))
    unlabelled = sorted(set(photos.keys) - rows.keys())
    return LabelledPhotos(sorted(rows), merged, others, splits, unlabelled, names, listing.how)


def _together(rows: Sequence[ListedPhoto], adding_up: bool, unsaid: int) -> tuple[dict[str, int], int, str]:
    """What the rows of a photo say together, and how they contradict each other (``''`` if they do not)."""
    rest = [unsaid if row.others is None else row.others for row in rows]
    labels, contradiction = {}, ''
    for name in {name: None for row in rows for name in row.labels}:
        # Of a label that a row does not name, it says nothing where rows add up.
        said = [row.labels.get(name, -1 if adding_up else others) for row, others in zip(rows, rest, strict=True)]
        # What one row knows and another does not is known.
        labels[name] = max(said)
        if {0, 1} <= set(said):
            contradiction = f'{rows[said.index(1)].where} says {name}, {rows[said.index(0)].where} does not'
    empty = [row.where for row, others in zip(rows, rest, strict=True) if not row.labels and not others]
    if adding_up and empty and labels:
        full = next(row for row in rows if row.labels)
        contradiction = f'{full.where} says {next(iter(full.labels))}, {empty[0]} says none'
    return labels, min(rest), contradiction
