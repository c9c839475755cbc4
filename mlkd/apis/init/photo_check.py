"""Reads all photos and labels once, and refuses what is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlkd.apis.data import check_table
from mlkd.console import console, progress_bar
from mlkd.datasets.examination import Examination, examine
from mlkd.datasets.folder import FolderMultiLabel
from mlkd.datasets.near_duplicates import look_of, near_duplicates
from mlkd.errors import DataError

#: Photos that are named.
_SHOWN = 10


@dataclass(frozen=True)
class CheckedPhotos:
    """Photos that can all be read, with their labels.

    Attributes:
        keys: Paths below their folder, sorted.
        classes: Names of the K labels.
        labels: int8 (N, K); 1 present, 0 absent, -1 not known.
        groups: int (N,); photos that show the same have one number.
        splits: The split that the file of labels puts a photo into, where it does.
    """

    keys: Sequence[str]
    classes: Sequence[str]
    labels: np.ndarray
    groups: np.ndarray
    splits: dict[str, str]

    def of(self, key: str) -> np.ndarray:
        """Labels of a photo."""
        return self.labels[self.keys.index(key)]


def check_photos(dataset: FolderMultiLabel, processes: int) -> CheckedPhotos:
    """Read photos and labels, and print what was found.

    Args:
        dataset: Built with ``lazy_init=True``.
        processes: How many read photos.

    Raises:
        DataError: If labels are wrong or photos cannot be read; names them.
    """
    labelled = dataset.labelled()
    console.print(f'Labels: {labelled.how}.')
    if labelled.unlabelled:
        console.print(f'{len(labelled.unlabelled)} photos without labels are left out.')
    classes = dataset.classes
    labels = labelled.vectors(classes)
    with progress_bar(transient=True) as bar:
        task = bar.add_task('reading photos', total=None)
        found = examine(
            dataset,
            processes=processes,
            start=lambda total: bar.update(task, total=total),
            advance=lambda done: bar.advance(task, done),
            look=look_of,
        )
    console.print(check_table([str(dataset.data_root)], [found]))
    _raise_for(found, dataset)
    groups = near_duplicates([found.looks[key] for key in found.keys])
    return CheckedPhotos(found.keys, classes, labels, groups, dict(labelled.splits))


def _raise_for(found: Examination, dataset: FolderMultiLabel) -> None:
    if found.error is not None:
        raise found.error
    problems = [problem for finding in found.findings for problem in finding.problems]
    if problems:
        more = [f'and {len(problems) - _SHOWN} more'] if len(problems) > _SHOWN else []
        raise DataError(
            'Some photos cannot be used.',
            where=dataset.data_root,
            found='\n    '.join([str(len(problems)), *problems[:_SHOWN], *more]),
            expected='whole JPEG, PNG, BMP, WebP, TIFF or GIF files',
            fix=f'get them again; or take them out of the folder, and their rows out of {dataset.label_file}',
        )
