"""Guards what earlier runs computed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from mlkd.engine.records import SUMMARY
from mlkd.errors import ConfigError

STUDENT = 'student.pth'


def computed(folder: Path) -> list[Path]:
    """Checkpoints and results in the folder of a stage, folds included."""
    return sorted([*folder.glob('*.pth'), *folder.glob('result.json'), *folder.glob('f*/*.pth')])


def claim(work_dir: Path, folders: Iterable[str], *, resume: bool, overwrite: bool) -> None:
    """Make sure that a run may write into ``folders``.

    Args:
        work_dir: The run's folder.
        folders: Folders in it that the run is to write.
        resume: Whether it goes on with what is there.
        overwrite: Whether it begins anew; what is there is moved aside, never deleted.

    Raises:
        ConfigError: If something was computed there and neither is wanted.
    """
    if resume and overwrite:
        raise ConfigError('--resume and --overwrite contradict each other.', fix='leave one out')
    folders = list(folders)
    used = [work_dir / name for name in folders if computed(work_dir / name)]
    if resume or not used:
        return
    if not overwrite:
        raise ConfigError(
            'There is a run already; its results would be lost.',
            where=work_dir,
            found=', '.join(str(path) for folder in used for path in computed(folder)[:1]),
            fix='--resume goes on with it, --overwrite moves it aside and begins anew, --work-dir takes another place',
        )
    aside = next(path for i in range(1, 10_000) if not (path := work_dir.with_name(f'{work_dir.name}.old{i}')).exists())
    single = used == [work_dir]
    if single:
        work_dir.rename(aside)
        return
    aside.mkdir(parents=True)
    for path in [*used, work_dir / SUMMARY, work_dir / STUDENT]:
        if path.exists():
            shutil.move(path, aside / path.name)
