"""Where a generator's images come from: callables from a position to pixels, which other processes can be given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import DataError
from mlkd.proposals.image_sizes import size_in_header
from mlkd.registry import TRANSFORMS

#: Image at a position, uint8 (H, W, 3) BGR.
Reader = Callable[[int], np.ndarray]
SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')


class ImageReader(ABC):
    """Reads images as data sets do, so that boxes and pixels have one frame (rotation by EXIF, for example)."""

    @abstractmethod
    def entry(self, index: int) -> dict[str, Any]:
        """What the transform that loads images takes, for the image at a position."""

    def __call__(self, index: int) -> np.ndarray:
        """Image uint8 (H, W, 3) BGR at a position; raises :class:`DataError` if the file is broken."""
        return self._load(self.entry(index))['img']

    def size(self, index: int) -> tuple[int, int] | None:
        """(height, width) of the image at a position, decoded only where it must be; None if it cannot be read."""
        entry = self.entry(index)
        found = None if 'render' in entry else size_in_header(entry['img_path'])
        if found is not None:
            return found
        try:
            return self._load(entry)['img'].shape[:2]
        except DataError:
            return None

    @cached_property
    def _load(self) -> Callable[[dict], dict]:
        return TRANSFORMS.build({'type': 'LoadImage'})


class FileReader(ImageReader):
    """Images of files.

    Args:
        paths: One per image.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self.paths = [str(path) for path in paths]

    def entry(self, index: int) -> dict[str, Any]:
        """The path."""
        return {'img_path': self.paths[index]}


class DatasetReader(ImageReader):
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

    def entry(self, index: int) -> dict[str, Any]:
        """The data set's own."""
        return self.dataset.get_data_info(self.indices[index])


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
    paths = sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise DataError('The folder holds no images.', where=folder, expected=f'files that end in {" ".join(SUFFIXES)}')
    return [path.relative_to(folder).as_posix() for path in paths], FileReader(paths)
