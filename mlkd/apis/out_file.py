"""Where a command writes."""

from __future__ import annotations

from pathlib import Path

from mlkd.errors import DataError


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
