"""Making the proposals of many images."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mlkd.errors import ConfigError, ProposalError, did_you_mean
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.layout import partial_path
from mlkd.proposals.pool import Outcome, compute
from mlkd.proposals.readers import DatasetReader, Reader
from mlkd.proposals.store import ProposalStore
from mlkd.proposals.writer import ProposalWriter
from mlkd.registry import GENERATORS


def make_proposals(
    images: Sequence[str],
    read: Reader,
    generator: Mapping[str, Any],
    out: str | Path,
    dataset_name: str,
    processes: int | None = None,
    resume: bool = True,
    progress: bool = True,
) -> Path:
    """Make a store with the proposals of images, or find that it is there.

    The store, and so its checksum, is the same for any number of processes and of interruptions. If it is there,
    made with the same settings and with all these images in it, nothing is done.

    Args:
        images: Keys of the images.
        read: Gives the image at a position, uint8 (H, W, 3) BGR; sent to other processes.
        generator: Config of a generator, ``dict(type='SelectiveSearch', ...)``.
        out: Folder of the store, ``NAME.mlkd``.
        dataset_name: For the header.
        processes: How many work at it; one per core if None.
        resume: Go on with what an earlier run left; otherwise begin anew.
        progress: Draw a bar with the time left, if there is a terminal.

    Returns:
        Path of the store.

    Raises:
        ProposalError: If the store is there with other settings or without some image; if images are broken (all
            others are kept, and the same call goes on when these are mended).
        ConfigError: If the generator's config is wrong.
    """
    out, built = Path(out), build_generator(generator)
    _check_unique(images)
    if out.exists():
        _check_same(ProposalStore.open(out), images, built.header(), dataset_name)
        # What a run that was killed between making the store and tidying up has left.
        shutil.rmtree(partial_path(out), ignore_errors=True)
        return out
    broken: dict[str, str] = {}
    with ProposalWriter(out, dataset_name, built.header(), resume) as writer, _bar(progress) as bar:
        todo = [index for index, key in enumerate(images) if key not in writer]
        task = bar.add_task(f'proposals of {dataset_name}', total=len(images), completed=len(images) - len(todo))
        for outcome in compute(todo, built, read, processes or _cores()):
            error = _keep(writer, images[outcome.index], outcome)
            if error:
                broken[images[outcome.index]] = error
            bar.advance(task)
        if broken:
            raise _broken(out, broken, len(images))
        return writer.finish(images)


def ensure_proposals(
    dataset: Any,
    generator: Mapping[str, Any],
    out: str | Path,
    indices: Sequence[int] | None = None,
    processes: int | None = None,
) -> Path:
    """Proposals of the images of a data set; see :func:`make_proposals`.

    Args:
        dataset: A :class:`mlkd.datasets.MultiLabelDataset`; named by ``metainfo['dataset_name']`` or else its type.
        generator: Config of a generator.
        out: Folder of the store.
        indices: Positions of the images wanted; all, if None.
        processes: How many work at it; one per core if None.
    """
    reader = DatasetReader(dataset, indices)
    return make_proposals(reader.keys, reader, generator, out, dataset_name(dataset), processes)


def dataset_name(dataset: Any) -> str:
    """Name of a data set for the header of a store."""
    return str(dataset.metainfo.get('dataset_name') or type(dataset).__name__)


def build_generator(config: Mapping[str, Any]) -> ProposalGenerator:
    """Build a generator.

    Raises:
        ConfigError: If its type or an argument is not known.
    """
    arguments = dict(config)
    name = str(arguments.pop('type', ''))
    cls = GENERATORS.get(name)
    if cls is None:
        known = sorted(GENERATORS.module_dict)
        fix = did_you_mean(name, known) or None
        raise ConfigError('There is no such generator.', where='generator.type', found=name, expected=known, fix=fix)
    try:
        return cls(**arguments)
    except TypeError as error:
        raise ConfigError('A generator got a wrong argument.', where=f'generator ({name})', found=error) from error


def _keep(writer: ProposalWriter, key: str, outcome: Outcome) -> str | None:
    """Add an image's boxes; what is wrong with it, if something is."""
    if outcome.error is not None:
        return outcome.error
    try:
        writer.add(key, outcome.bboxes, outcome.scores, outcome.size)
    except ProposalError as error:
        if isinstance(error.__cause__, OSError):
            raise
        return f'{error.what} {error.where}: {error.found}'
    return None


def _check_unique(images: Sequence[str]) -> None:
    seen: set[str] = set()
    double = [key for key in images if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    if double or not images:
        raise ProposalError(
            'Images share a key.' if double else 'There are no images to make proposals of.',
            found=', '.join(double[:5]) or None,
            expected='each image once',
        )


def _check_same(store: ProposalStore, images: Sequence[str], generator: dict[str, Any], name: str) -> None:
    """Raise unless a finished store is what making it now would give."""
    store.check_dataset(name)
    if store.header['generator'] != generator:
        raise ProposalError(
            'The proposal store is there already, made with other settings.',
            where=store.path,
            found=store.header['generator'],
            expected=generator,
            fix='give those settings, name another store, or remove this one',
        )
    store.check_dataset(images)


def _broken(out: Path, broken: dict[str, str], total: int) -> ProposalError:
    shown = [f'{key}: {error}' for key, error in sorted(broken.items())[:20]]
    more = [f'and {len(broken) - 20} more'] if len(broken) > 20 else []
    return ProposalError(
        f'{len(broken)} of {total} images got no proposals; those of the others are kept.',
        where=partial_path(out),
        found='\n    '.join(['', *shown, *more]),
        fix='mend or remove these images and run the same again: only they are done then',
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _bar(wanted: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
        console=console,
        disable=not (wanted and console.is_terminal),
    )
