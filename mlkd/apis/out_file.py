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


def check_writable(out: Path, model: Path) -> None:
    """Raise if an export cannot be written, before anything is computed; makes its folder.

    Args:
        out: Where to write.
        model: What is exported.

    Raises:
        ConfigError: If so.
    """
    try:
        if out.exists() and out.samefile(model):
            raise ConfigError('The export would take the place of the student.', where='--out', found=out)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise ConfigError('Nothing can be written there.', where='--out', found=f'{out}: {error.strerror}') from error
