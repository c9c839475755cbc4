"""Putting the shards of a proposal store together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlkd.console import progress_bar
from mlkd.errors import ProposalError, some
from mlkd.proposals.checks import repeated_keys
from mlkd.proposals.make import check_same
from mlkd.proposals.sharding import Shard
from mlkd.proposals.store import ProposalStore
from mlkd.proposals.writer import ProposalWriter

#: What the header of a shard says of it, see :meth:`~mlkd.proposals.sharding.Shard.header`.
_PART = {'index', 'of', 'images', 'keys_sha256'}


def merge_shards(paths: Sequence[str | Path], out: str | Path, progress: bool = True) -> Path:
    """Make one store out of all shards of it: byte for byte the one that had been made in one go.

    A merge that was stopped goes on. If the store is there with all these images, nothing is done.

    Args:
        paths: The shards' stores, in any order.
        out: Folder of the store, ``NAME.mlkd``.
        progress: Draw a bar with the time left, if there is a terminal.

    Returns:
        Path of the store.

    Raises:
        ProposalError: If a shard is missing, there twice, damaged, or made of other images, with other settings or of
            another data set than the others; if an image is in two of them; if ``out`` is there with other content.
    """
    stores = [ProposalStore.open(path) for path in paths]
    _check_fit(stores)
    for store in stores:
        store.verify()
    keys = [key for store in stores for key in store]
    _check_keys(stores, keys)
    first, out = stores[0].header, Path(out)
    if out.exists():
        check_same(ProposalStore.open(out), keys, first['generator'], first['dataset'])
        return out
    with ProposalWriter(out, first['dataset'], first['generator']) as writer, progress_bar(progress) as bar:
        task = bar.add_task(f'merging {len(stores)} shards', total=len(keys), completed=len(writer))
        for store in stores:
            for key in store:
                if key not in writer:
                    boxes = store[key]
                    writer.add(key, boxes.bboxes, boxes.scores, boxes.size)
                    bar.advance(task)
        return writer.finish(keys)


def _check_fit(stores: Sequence[ProposalStore]) -> None:
    """Raise unless these are all shards of one store, each once."""
    if not stores:
        raise ProposalError('There is no shard to merge.')
    first = stores[0]
    for store in stores:
        part = store.header.get('shard')
        if not isinstance(part, dict) or not set(part) >= _PART:
            raise ProposalError(
                'This store is no shard.',
                where=store.path,
                found=part,
                expected='one made with generate --shard I/N',
            )
        for name, mine in _common(store).items():
            if mine != _common(first)[name]:
                raise ProposalError(
                    f'Shards differ in their {name}.',
                    where=store.path,
                    found=mine,
                    expected=f'{_common(first)[name]}, as {first.path}',
                    fix='merge only shards of one run of generate on all machines',
                )
    places: dict[int, Path] = {}
    for store in stores:
        index = store.header['shard']['index']
        if index in places:
            whole = Shard(index, store.header['shard']['of'])
            raise ProposalError(f'Shard {whole} is there twice.', where=store.path, found=places[index])
        places[index] = store.path
    of = first.header['shard']['of']
    missing = [str(Shard(index, of)) for index in range(1, of + 1) if index not in places]
    if missing:
        raise ProposalError(
            f'{len(missing)} of {of} shards are missing.',
            found=', '.join(missing[:10]),
            fix=f'make them (generate ... --shard {missing[0]}), or name their stores too',
        )


def _common(store: ProposalStore) -> dict[str, Any]:
    """What all shards of a store share."""
    header, part = store.header, store.header['shard']
    return {
        'data set': header['dataset'],
        'generator': header['generator'],
        'number of shards': part['of'],
        'list of images': {'images': part['images'], 'keys_sha256': part['keys_sha256']},
    }


def _check_keys(stores: Sequence[ProposalStore], keys: Sequence[str]) -> None:
    """Raise unless the shards have each image of the whole once."""
    double = repeated_keys(keys)
    if double:
        raise ProposalError(f'{len(double)} images are in two shards.', found=some(double))
    whole = stores[0].header['shard']
    if Shard(1, 1).header(keys)['keys_sha256'] != whole['keys_sha256']:
        raise ProposalError(
            'The shards together have not the images that they were divided from.',
            found=f'{len(keys)} images',
            expected=f'{whole["images"]} images',
            fix='make the shards again',
        )
