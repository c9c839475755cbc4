"""Guards what earlier runs computed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlkd.engine.records import SUMMARY, read_json
from mlkd.errors import ConfigError
from mlkd.published import STUDENT_FILE

#: ``run.json`` says whose run a folder holds, before there is a summary.
STUDENT, RUN = 'student.pth', 'run.json'
_RUN_KEYS = ('config', 'stages', 'student_stage')


def computed(folder: Path) -> list[Path]:
    """Checkpoints and results in the folder of a stage, those of its folds and parts included."""
    below = [path for path in folder.glob('*/*.pth') if path.parent.name != 'dry_run']
    return sorted([*folder.glob('*.pth'), *folder.glob('result.json'), *below])


def claim(work_dir: Path, folders: Iterable[str], *, resume: bool, overwrite: bool) -> None:
    """Make sure that a run may write into ``folders``.

    Args:
        work_dir: The run's folder.
        folders: Folders in it that the run is to write; ``''`` where it is one training.
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
    stay = [path for path in work_dir.iterdir() if path not in used and path.name != 'dry_run' and computed(path)]
    if work_dir in used or not stay:
        work_dir.rename(aside)
        return
    aside.mkdir(parents=True)
    for path in [*used, *(work_dir / name for name in (SUMMARY, STUDENT, STUDENT_FILE))]:
        if path.exists():
            shutil.move(path, aside / path.name)


def recorded_folders(work_dir: Path) -> list[str]:
    """Folders of the stages of the run that ``work_dir`` is the folder of; ``['']`` where it is one training."""
    run = read_json(work_dir / RUN, _RUN_KEYS)
    return (run['stages'] or ['']) if run else []


def check_run(work_dir: Path, now: Mapping[str, Any]) -> None:
    """Check that ``work_dir`` is not the folder of another recipe, whose student and summary would be written over.

    A recipe that has more stages than the one before, and the same student, goes on with it.

    Args:
        work_dir: The run's folder.
        now: Of this run: ``config`` (the file's name), ``stages`` (none: it is one training) and ``student_stage``.

    Raises:
        ConfigError: If something was computed there by a run of other stages, or with another student.
    """
    if not any(computed(work_dir / name) for name in recorded_folders(work_dir)):
        return
    then = read_json(work_dir / RUN, _RUN_KEYS) or {}
    shared = [stage for stage in then['stages'] if stage in now['stages']]
    more = shared == then['stages'] and bool(shared) == bool(now['stages'])
    if more and then['student_stage'] == now['student_stage']:
        return
    take = f'; --cfg-options reuse.{shared[0]}={work_dir} takes over what both have' if shared else ''
    raise ConfigError(
        f'The folder holds a run of another config, whose {STUDENT} and {SUMMARY} would be written over.',
        where=work_dir,
        found=_described(then),
        expected=_described(now),
        fix=f'give this config a folder of its own with --work-dir{take}',
    )


def _described(run: Mapping[str, Any]) -> str:
    stages = (
        f'stages {", ".join(run["stages"])}; student_stage {run["student_stage"]}' if run['stages'] else 'no stages'
    )
    return f'{run["config"] or "a config"} ({stages})'
