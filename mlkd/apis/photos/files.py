"""Photos as people have them: files, folders, patterns of names, arrays."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from os.path import exists, isdir
from pathlib import Path

import numpy as np

from mlkd.datasets.transforms.load_image import read_image
from mlkd.errors import DataError
from mlkd.proposals.readers import SUFFIXES, images_below

#: A photo: a file, or what OpenCV reads of one: uint8 (H, W, 3) BGR, (H, W, 4) BGRA, or (H, W) grey.
Photo = str | Path | np.ndarray


def find_photos(paths: Iterable[str | Path]) -> dict[Path, str]:
    """The photos that are named, those in the folders that are named, and those that patterns match.

    Args:
        paths: Files, folders, which are searched to the bottom, and patterns with ``*``, ``?``, ``[...]`` and ``**``;
            of what a pattern matches, folders and files with the name of an image count.

    Returns:
        The key of each photo, in the order of their names for each path: its path below the folder that was named,
        '/'-separated, or its name.

    Raises:
        DataError: If a path is not there, or there is no photo.
    """
    found: dict[Path, str] = {}
    for path in map(Path, paths):
        if exists(path):
            _add(found, path)
            continue
        matched = sorted(map(Path, glob.glob(str(path), recursive=True))) if glob.has_magic(str(path)) else []
        images = [match for match in matched if isdir(match) or match.suffix.lower() in SUFFIXES]
        if not images:
            what = 'The pattern matches no photo.' if glob.has_magic(str(path)) else 'There is no such file or folder.'
            fix = 'check the path, and who may read it'
            raise DataError(what, where=path, found=f'{len(matched)} other files' if matched else None, fix=fix)
        for match in images:
            _add(found, match)
    if not found:
        raise DataError('There is no photo.', where=', '.join(map(str, paths)), expected=f'{sorted(SUFFIXES)}')
    return found


def _add(found: dict[Path, str], path: Path) -> None:
    for photo in images_below(path) if isdir(path) else [path]:
        found.setdefault(photo, photo.relative_to(path).as_posix() if isdir(path) else photo.name)


def photo_pixels(photo: Photo, upright: bool = True) -> np.ndarray:
    """The pixels of a photo.

    Args:
        photo: A file, or an array.
        upright: Whether to turn the image of a file as its EXIF data say.

    Returns:
        uint8 (H, W, 3), BGR; transparency left out.

    Raises:
        DataError: If a file cannot be read, or an array is no image.
    """
    if not isinstance(photo, np.ndarray):
        return read_image(photo, upright)
    channels = photo.shape[2] if photo.ndim == 3 else 1
    if photo.dtype != np.uint8 or photo.ndim not in (2, 3) or channels not in (1, 3, 4) or not photo.size:
        raise DataError(
            'An array is no image.',
            found=f'{photo.dtype} of shape {photo.shape}',
            expected='uint8 (height, width, 3) in the order blue, green, red; or with a fourth channel, or grey',
        )
    colours = photo.reshape(*photo.shape[:2], channels)[..., :3]
    return np.ascontiguousarray(np.broadcast_to(colours, (*photo.shape[:2], 3)))
