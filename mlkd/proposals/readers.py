"""Where a generator's images come from: callables from a position to pixels, which other processes can be given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from os.path import isdir
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import DataError
from mlkd.registry import TRANSFORMS

#: Image at a position, uint8 (H, W, 3) BGR.
Reader = Callable[[int], np.ndarray]
SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.gif')


class _Loading:
    """Reads an image as data sets do, so that boxes and pixels have one frame (not turned by EXIF, for example)."""

    @cached_property
    def _load(self) -> Callable[[dict], dict]:
        return TRANSFORMS.build({'type': 'LoadImage'})


class FileReader(_Loading):
    """Images of files.

    Args:
        paths: One per image.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.paths = [str(path) for path in paths]

    def __call__(self, index: int) -> np.ndarray:
        """Image uint8 (H, W, 3) BGR at a position; raises :class:`DataError` if the file is broken."""
        return self._load({'img_path': self.paths[index]})['img']


class DatasetReader(_Loading):
    """Images of a data set, before any transform.

    Args:
        dataset: A :class:`mlkd.datasets.MultiLabelDataset`.
        indices: Positions of the images in it; all, if None.
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | None = None) -> None:
        self.dataset = dataset
        self.indices = range(len(dataset)) if indices is None else indices

    @cached_property
    def keys(self) -> list[str]:
        """Keys of the images."""
        return [self.dataset.get_data_info(index)['img_key'] for index in self.indices]

    def __call__(self, index: int) -> np.ndarray:
        """Image uint8 (H, W, 3) BGR at a position; raises :class:`DataError` if it is broken."""
        return self._load(self.dataset.get_data_info(self.indices[index]))['img']


def folder_images(folder: str | Path) -> tuple[list[str], FileReader]:
    """All images below a folder.

    Returns:
        Their paths relative to it, '/'-separated and sorted, and a reader of them.

    Raises:
        DataError: If there is no such folder, or no image in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError('There is no such image folder.', where=folder, fix='check the path')
    paths = images_below(folder)
    if not paths:
        raise DataError('The folder holds no images.', where=folder, expected=f'files that end in {" ".join(SUFFIXES)}')
    return [path.relative_to(folder).as_posix() for path in paths], FileReader(paths)


def images_below(folder: Path) -> list[Path]:
    """Sorted paths of what is named as an image below a folder, that which cannot be read included."""
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES and not isdir(path))
