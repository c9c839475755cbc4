"""The photos of a folder, found by whatever a list calls them."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

from mlkd.datasets.label_files.listing import clean
from mlkd.errors import DataError
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.proposals.readers import SUFFIXES, images_below


class PhotoIndex:
    """All photos in a folder and below.

    What is hidden (a name that begins with a dot, or lies in such a folder) is left out.

    Args:
        folder: The folder.

    Raises:
        DataError: If there is no such folder, or no photo in it.

    Attributes:
        folder: Absolute.
        keys: Paths relative to it, '/'-separated and sorted.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(os.path.abspath(folder))
        if not os.path.isdir(self.folder):
            found = 'a file' if os.path.exists(self.folder) else 'nothing'
            raise DataError('There is no such folder of photos.', where=self.folder, found=found, fix='check the path')
        paths = (path.relative_to(self.folder) for path in images_below(self.folder))
        self.keys = [path.as_posix() for path in paths if not any(part.startswith('.') for part in path.parts)]
        if not self.keys:
            raise DataError(
                'The folder holds no photos.',
                where=self.folder,
                found=', '.join(sorted(os.listdir(self.folder))[:8]) or 'nothing',
                expected=f'files that end in {" ".join(SUFFIXES)}',
            )
        self._catalogue = ImageCatalogue([ImageRecord(key) for key in self.keys], str(folder))
        self._alike: dict[str, list[str]] = defaultdict(list)
        for key in self.keys:
            self._alike[_folded(key)].append(key)
        self._folded = ImageCatalogue([ImageRecord(key) for key in self._alike], str(folder))

    def path(self, key: str) -> str:
        """The file of a key."""
        return str(self.folder / key)

    def find(self, name: str) -> list[str]:
        """Keys of the photos that may be meant; one if it is clear.

        With or without folders and the ending of the name, with '/' or a backslash; letters may be small or capital
        where no other photo is called so, and accents written in either way.
        """
        name = name.strip().replace('\\', '/')
        if not name:
            return []
        found = [self.keys[position] for position in self._catalogue.find(name)]
        folded = [] if found else [self._folded[position].key for position in self._folded.find(_folded(name))]
        return found or [key for one in folded for key in self._alike[one]]

    def holds(self, cell: str) -> bool:
        """Whether a cell of a table names a photo that is there; of a number, only if a file's name is just so."""
        found = self.find(cell)
        return any(PurePosixPath(key).stem == cell.strip() for key in found) if cell.strip().isdigit() else bool(found)

    def missing(self, name: str) -> str:
        """Why a name leads to no photo, as a clause with what is near."""
        if '\0' not in name and os.path.isfile(self.folder / name.strip().replace('\\', '/')):
            return ' is there, but its ending is none of an image that can be read'
        near = self._catalogue.near(name)
        return f' ({near})' if near else ''


def looks_like_photo(cell: str) -> bool:
    """Whether a cell of a table ends as names of image files do."""
    return cell.strip().lower().endswith(SUFFIXES)


def _folded(name: str) -> str:
    return clean(name).casefold()
