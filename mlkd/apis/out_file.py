"""Where a command writes."""

from __future__ import annotations

import os
from pathlib import Path

from mlkd.errors import ConfigError, DataError


def check_out(path: str, overwrite: bool) -> Path:
    """Where to write.

    Raises:
        DataError: If a file is there that is not to be written over.
    """
    if Path(path).exists() and not overwrite:
        raise DataError(
            'There is such a file already, which trainings may refer to.',
            where=path,
            fix='give another name, or --overwrite',
        )
    return Path(path)


def check_place(path: str | Path, folder: bool = False, option: str = '--out') -> None:
    """Refuse a place that nothing can be written to, before the work begins whose results it is for.

    Args:
        path: Where a file will be written; folders on the way are made then.
        folder: Whether it is a folder that will be written to.
        option: Where a person named it.

    Raises:
        ConfigError: If a folder stands where a file is to be or a file where a folder is, or rights are missing.
    """
    place = Path(path)
    kinds = {True: 'a folder', False: 'a file'}
    if (place.exists() and place.is_dir() is not folder) or (not folder and str(path).endswith(os.sep)):
        fix = None if folder else f'name a file in it: {place / "metrics.json"}'
        what = 'There is no writing to this place.'
        raise ConfigError(what, where=f'{option} {path}', found=kinds[not folder], expected=kinds[folder], fix=fix)
    near = next(one for one in ([place] if folder else []) + list(place.absolute().parents) if one.exists())
    if not near.is_dir() or not os.access(near, os.W_OK | os.X_OK):
        raise ConfigError(
            'There is no writing to this place.',
            where=f'{option} {path}',
            found=f'no right to write into {near}' if near.is_dir() else f'{near} is a file',
            expected='a folder that may be written into',
            fix='name another place',
        )
