"""Photos for checks, calibration and measures: from folders, from a data set, or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.datasets.shapes import Shapes
from mlkd.datasets.transforms import LoadImage
from mlkd.errors import DataError
from mlkd.proposals.readers import SUFFIXES, images_below

from .agreement import NamedImage


@dataclass
class PhotoSource:
    """Photos of files, or drawn ones; those that cannot be read are left out and listed.

    Attributes:
        files: The photos, in order.
        drawn: How many are drawn where there are no files.
        broken: Files that could not be read, and why.
    """

    files: tuple[Path, ...] = ()
    drawn: int = 0
    broken: dict[Path, DataError] = field(default_factory=dict)

    @classmethod
    def below(cls, folder: str | Path, limit: int | None = None) -> PhotoSource:
        """Photos in a folder and those below it, evenly chosen in order of their names.

        Args:
            folder: The folder, or one photo.
            limit: At most how many.

        Raises:
            DataError: If there is no such folder or no photo in it.
        """
        path = Path(folder)
        if not path.exists():
            raise DataError('There is no such file or folder.', where=path, fix='check the path')
        found = sorted(images_below(path)) if path.is_dir() else [path]
        if not found:
            raise DataError('There is no photo.', where=path, expected=f'files that end in {", ".join(SUFFIXES)}')
        if limit is not None and len(found) > limit:
            found = [found[int(index)] for index in np.linspace(0, len(found) - 1, limit).round()]
        return cls(tuple(found))

    def __iter__(self) -> Iterator[NamedImage]:
        """Names and images uint8 (H, W, 3), BGR, upright.

        Raises:
            DataError: If none of the files can be read.
        """
        if not self.files:
            yield from _drawn(self.drawn)
            return
        load = LoadImage(upright=True)
        self.broken.clear()
        for path in self.files:
            try:
                yield str(path), load({'img_path': str(path)})['img']
            except DataError as error:
                self.broken[path] = error
        if len(self.broken) == len(self.files):
            first = next(iter(self.broken.values()))
            raise DataError('None of the photos can be read.', where=self.files[0].parent, found=first.what)


def _drawn(count: int) -> Iterator[NamedImage]:
    dataset: Any = Shapes(num_images=count, size=256)
    for index in range(count):
        yield f'drawn image {index}', dataset.get_data_info(index)['render']()
