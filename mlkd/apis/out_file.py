"""Where a command writes."""

from __future__ import annotations

import errno
import os
import tempfile
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
        ConfigError: If a folder stands where a file is to be or a file where a folder is, rights are missing, or the
            system takes no such name.
    """
    place = Path(path)
    kinds = {True: 'a folder', False: 'a file'}
    what, where = 'Nothing can be written there.', f'{option} {path}'
    try:
        if (place.exists() and place.is_dir() is not folder) or (not folder and str(path).endswith(os.sep)):
            fix = None if folder else f'name a file in it: {place / "metrics.json"}'
            raise ConfigError(what, where=where, found=kinds[not folder], expected=kinds[folder], fix=fix)
        near = next(one for one in ([place] if folder else []) + list(place.absolute().parents) if one.exists())
        if not near.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), near)
        with tempfile.TemporaryFile(dir=near):
            pass
    except OSError as error:
        found = f'{error.filename or place}: {error.strerror}'
        fix = 'name another place'
        raise ConfigError(what, where=where, found=found, expected='a folder to write to', fix=fix) from error


def check_export(out: Path, model: Path) -> None:
    """:func:`check_place` for what is made of a model.

    Args:
        out: Where to write.
        model: What is exported.

    Raises:
        ConfigError: If nothing can be written there, or it is the model itself.
    """
    check_place(out)
    if out.exists() and out.samefile(model):
        raise ConfigError('The export would take the place of the student.', where='--out', found=out)
