"""The file that says which photo is in which split."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlkd.datasets.label_files.listing import raise_if_any, split_name
from mlkd.datasets.label_files.photo_index import PhotoIndex
from mlkd.datasets.label_files.reading import read_text
from mlkd.errors import DataError
from mlkd.fileio import write_json

_FORM = '{"train": ["a.jpg", ...], "val": ["b.jpg", ...]}'


def read_splits(path: str | Path, photos: PhotoIndex) -> dict[str, str]:
    """Read a file of splits: names of photos by split.

    Args:
        path: JSON, as :func:`write_splits` makes it; names as in a file of labels.
        photos: The photos.

    Returns:
        The split of each photo, by key.

    Raises:
        DataError: If it is missing or no such file, or names a photo that is not there or in two splits.
    """
    path = Path(path)
    text = read_text(path)
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError('The file of splits is no JSON.', where=path, found=error, expected=_FORM) from error
    if not isinstance(content, dict) or not all(
        isinstance(names, list) and all(isinstance(name, str) for name in names) for names in content.values()
    ):
        raise DataError('The file of splits holds something else.', where=path, expected=_FORM)
    found: dict[str, str] = {}
    wrong = []
    for split, names in content.items():
        for name in names:
            keys, called = photos.find(name), split_name(split) or split
            if not keys:
                wrong.append(f'{split}: {name} is not there{photos.missing(name)}')
            elif len(keys) > 1:
                wrong.append(f'{split}: {name} may be {" or ".join(keys[:3])}')
            elif found.setdefault(keys[0], called) != called:
                wrong.append(f'{keys[0]} is in {found[keys[0]]} and in {called}')
    fix = 'mend the file, or run mlkd init anew'
    raise_if_any(wrong, 'The splits do not fit the photos.', path, 'each photo in one split', fix)
    return found


def write_splits(path: str | Path, splits: Mapping[str, Sequence[str]]) -> None:
    """Write the photos of each split, sorted."""
    write_json(path, {split: sorted(keys) for split, keys in splits.items()})
