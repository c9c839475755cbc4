"""Making the proposals of many images."""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlkd.console import progress_bar
from mlkd.errors import ConfigError, ProposalError, did_you_mean
from mlkd.proposals.checks import differing, repeated_keys
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.layout import partial_path
from mlkd.proposals.pool import Outcome, compute
from mlkd.proposals.readers import DatasetReader, Reader
from mlkd.proposals.sharding import Shard
from mlkd.proposals.store import ProposalStore
from mlkd.proposals.timing import Timing
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
    shard: Shard | None = None,
    timing: Timing | None = None,
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
        processes: How many work at it; if None one per core, or one where the generator asks for it.
        resume: Go on with what an earlier run left; otherwise begin anew.
        progress: Draw a bar with the time left, if there is a terminal.
        shard: Which part of the images; the store is then ``NAME.shardIofN.mlkd``. All, if None.
        timing: Told how long it took, also when this raises.

    Returns:
        Path of the store.

    Raises:
        ProposalError: If the store is there with other settings or without some image; if images are broken or the
            generator fails on them (all others are kept, and the same call then tries these alone).
        ConfigError: If the generator's config is wrong.
    """
    built, timing = build_generator(generator), timing or Timing()
    _check_unique(images)
    out = Path(out) if shard is None else shard.path(out)
    part = None if shard is None else shard.header(images)
    wanted = list(range(len(images))) if shard is None else shard.positions(images)
    if out.exists():
        check_same(ProposalStore.open(out), [images[index] for index in wanted], built.header(), dataset_name, part)
        # What a run that was killed between making the store and tidying up has left.
        shutil.rmtree(partial_path(out), ignore_errors=True)
        return out
    timing.processes = processes or (1 if built.one_process else _cores())
    failed: dict[str, str] = {}
    with ProposalWriter(out, dataset_name, built.header(), resume, part) as writer, progress_bar(progress) as bar:
        todo = [index for index in wanted if images[index] not in writer]
        task = bar.add_task(f'proposals of {dataset_name}', total=len(wanted), completed=len(wanted) - len(todo))
        for outcome in compute(todo, built, read, timing.processes):
            key = images[outcome.index]
            error = _keep(writer, key, outcome)
            if error:
                failed[key] = error
                writer.note_failure(key, error)
            else:
                timing.images, timing.seconds = timing.images + 1, timing.seconds + outcome.seconds
            bar.advance(task)
        if failed:
            raise _failures(writer, failed, len(wanted))
        return writer.finish([images[index] for index in wanted])


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
        fix = did_you_mean(name, known) or 'one of your own must be imported (--import MODULE, or custom_imports)'
        raise ConfigError('There is no such generator.', where='generator.type', found=name, expected=known, fix=fix)
    known = list(inspect.signature(cls).parameters)
    for argument in arguments:
        if argument not in known:
            raise ConfigError(
                'A generator has no such setting.',
                where=f'generator ({name})',
                found=argument,
                expected=', '.join(known),
                fix=did_you_mean(argument, known) or None,
            )
    try:
        _check_whole_numbers(cls, arguments)
        return cls(**arguments)
    except (AttributeError, TypeError, ValueError) as error:
        given = ', '.join(f'{key}={value!r}' for key, value in arguments.items())
        raise ConfigError(
            'A generator got a setting of a wrong kind, or lacks one.',
            where=f'generator ({name})',
            found=f'{given or "no setting"}: {error}',
            expected=f'{name}{inspect.signature(cls)}',
        ) from error


def check_same(
    store: ProposalStore,
    images: Sequence[str],
    generator: Mapping[str, Any],
    name: str,
    shard: Mapping[str, Any] | None = None,
) -> None:
    """Raise unless a finished store is what making it now would give.

    Args:
        store: The store.
        images: Keys that it should have.
        generator: Type and settings that it should be made with, as in a header.
        name: Name of the data set.
        shard: Which part of which images it should be, as in a header.

    Raises:
        ProposalError: With what is there and what should be.
    """
    store.check_dataset(name)
    expected = {'generator': dict(generator), 'shard': shard}
    for key, value in expected.items():
        if store.header.get(key) != value:
            found, wanted = differing(store.header.get(key), value)
            raise ProposalError(
                'The proposal store is there already, made '
                + ('with other settings.' if key == 'generator' else 'of another part, or of other images.'),
                where=store.path,
                found=found,
                expected=wanted,
                fix='give those settings, name another store, or remove this one',
            )
    store.check_dataset(images)


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


def _check_whole_numbers(cls: type, arguments: Mapping[str, Any]) -> None:
    """Raise :class:`TypeError` over a count that is a fraction; else the generator would fail on image after image."""
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.annotation in (int, 'int') and not isinstance(arguments.get(name, 0), int):
            raise TypeError(f'{name} is no whole number')


def _check_unique(images: Sequence[str]) -> None:
    double = repeated_keys(images)
    if double or not images:
        raise ProposalError(
            'Images share a key.' if double else 'There are no images to make proposals of.',
            found=', '.join(double[:5]) or None,
            expected='each image once',
        )


def _failures(writer: ProposalWriter, failed: dict[str, str], total: int) -> ProposalError:
    shown = [f'{key}: {error}' for key, error in sorted(failed.items())[:20]]
    more = [f'and {len(failed) - 20} more, see {writer.failures}'] if len(failed) > 20 else []
    fix = 'mend or remove these images and run the same again: only they are done then'
    if writer.shard is not None:
        fix = 'mend these images and run the same again: only they are done; one that is removed changes all shards'
    return ProposalError(
        f'{len(failed)} of {total} images got no proposals; those of the others are kept.',
        where=writer.partial,
        found='\n    '.join(['', *shown, *more]),
        fix=fix,
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
