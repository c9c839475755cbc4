"""Where a generator's images come from: callables from a position to pixels, which other processes can be given."""

from __future__ import annotations

import glob
import os
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
SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.gif')


class ImageReader(ABC):
    """Reads images as data sets do, so that boxes and pixels have one frame (not turned by EXIF, for example)."""

    @abstractmethod
    def entry(self, index: int) -> dict[str, Any]:
        """What the transform that loads images takes, for the image at a position."""

    def __call__(self, index: int) -> np.ndarray:
        """Image uint8 (H, W, 3) BGR at a position; raises :class:`DataError` if the file is broken."""
        return self._load(self.entry(index))['img']

    def size(self, index: int) -> tuple[int, int] | None:
        """(height, width) of the image at a position, decoded only where it must be; None if it cannot be read."""
        entry = self.entry(index)
        # The header has the size as it is stored, not that of an image which is turned.
        found = None if 'render' in entry or entry.get('upright') else size_in_header(entry['img_path'])
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
        upright: Whether to turn them as their EXIF data say.
    """

    def __init__(self, paths: Sequence[str | Path], upright: bool = False) -> None:
        self.paths, self.upright = [str(path) for path in paths], upright

    def entry(self, index: int) -> dict[str, Any]:
        """The path, and how it is read."""
        return {'img_path': self.paths[index], 'upright': self.upright}


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
    paths = images_below(folder)
    if not paths:
        raise DataError('The folder holds no images.', where=folder, expected=f'files that end in {" ".join(SUFFIXES)}')
    return [path.relative_to(folder).as_posix() for path in paths], FileReader(paths)


def images_below(folder: Path) -> list[Path]:
    """Sorted paths of what is named as an image below a folder, that which cannot be read included."""
    return sorted(path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES and not os.path.isdir(path))


def listed_images(path: str | Path, root: str | Path | None = None) -> tuple[list[str], FileReader]:
    """The images that a text file names, one path per line.

    Empty lines and those that begin with ``#`` are skipped; an image that is named twice counts once. Lines may end as
    on Windows, and paths may be written as there, with backslashes.

    Args:
        path: The list, UTF-8.
        root: Folder that the paths are relative to; if None, the list's own.

    Returns:
        Their paths relative to the folder, '/'-separated, in the order of the list, and a reader of them.

    Raises:
        DataError: If there is no such list, it names no image, or one that is not there or not in the folder; with the
            numbers of the lines.
    """
    path = Path(path)
    folder = Path(os.path.abspath(path.parent if root is None else root))
    try:
        lines = path.read_text(encoding='utf-8-sig', errors='surrogateescape').split('\n')
    except OSError as error:
        raise DataError('The list of images cannot be read.', where=path, found=error.strerror) from error
    found: dict[str, Path] = {}
    wrong: list[str] = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith('#'):
            continue
        image = Path(os.path.normpath(folder / line))
        if '\\' in line and not os.path.lexists(image):
            image = Path(os.path.normpath(folder / line.replace('\\', '/')))
        if not image.is_relative_to(folder):
            wrong.append(f'line {number}: {_shown(line)} is outside of {folder}')
        elif not os.path.isfile(image):  # unlike Path.is_file, False for what cannot be a path
            wrong.append(f'line {number}: {_shown(line)}{_near(image)}')
        else:
            found.setdefault(image.relative_to(folder).as_posix(), image)
    if wrong:
        raise DataError(
            f'{len(wrong)} images of the list are not there.',
            where=path,
            found='\n    '.join(['', *wrong[:10], *([f'and {len(wrong) - 10} more'] if len(wrong) > 10 else [])]),
            expected=f'one path of an image per line, relative to {folder}',
            fix='mend these lines, or name the folder of the images with --data-root',
        )
    if not found:
        raise DataError('The list names no image.', where=path, expected='one path of an image per line')
    return list(found), FileReader(list(found.values()))


def _near(image: Path) -> str:
    """The file of that name with a suffix, as lists of VOC leave it out."""
    near = [] if '\0' in str(image) else sorted(glob.glob(f'{glob.escape(str(image))}.*'))
    return f' (did you mean {Path(near[0]).name}?)' if near else ''


def _shown(line: str) -> str:
    return line if len(line) <= 100 else f'{line[:97]}...'
