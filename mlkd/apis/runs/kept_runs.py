"""Which runs there are, and what the project keeps of those that its pages report."""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence
from pathlib import Path

from mlkd.apis.runs.summaries import MEASURED, SUMMARY, read_run
from mlkd.fileio import atomic_write


def find_runs(pattern: str) -> list[Path]:
    """Folders with a summary that match a glob, in order of their names."""
    return sorted(Path(p) for p in glob.glob(pattern, recursive=True) if (Path(p) / SUMMARY).is_file())


def keep_runs(folders: Sequence[Path], kept: str | Path) -> list[Path]:
    """Copy the numbers of runs, without networks and logs, to where they stay when the work folders are gone.

    A run of the same name as a kept one takes its place, with what was measured of it later.

    Args:
        folders: Work folders of runs.
        kept: Folder with a folder for each run: its ``summary.json``, and its later measures.

    Returns:
        The folders of all runs that are kept, in order of their names.

    Raises:
        DataError: If a run cannot be read.
    """
    kept = Path(kept)
    for folder in folders:
        read_run(folder)
        own, measured = kept / folder.name, sorted((folder / MEASURED).glob('*.json'))
        for old in (own / MEASURED).glob('*.json'):
            if old.name not in {path.name for path in measured}:
                old.unlink()
        for source in (folder / SUMMARY, *measured):
            content = json.loads(source.read_text(encoding='utf-8'))
            # Folders of other runs are of the machine that it was made on.
            content.pop('reused', None)
            with atomic_write(own / source.relative_to(folder)) as file:
                # Half the size of the run's own file, which is indented.
                json.dump(content, file, separators=(',', ':'))
    return find_runs(f'{glob.escape(str(kept))}/*')
