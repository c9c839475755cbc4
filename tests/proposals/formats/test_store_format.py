from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_entries import check_same

from mlkd.errors import ProposalError
from mlkd.proposals import ProposalStore
from mlkd.proposals.formats import StoreFolder
from mlkd.proposals.formats.base import ImageEntry


def writer(dataset: str = 'toy') -> StoreFolder:
    made = StoreFolder()
    made.dataset, made.generator = dataset, {'type': 'ByHand'}
    return made


def test_there_and_back(tmp_path: Path, entries: list[ImageEntry]) -> None:
    path = tmp_path / 'a.mlkd'
    writer().write(path, reversed(entries))
    store = ProposalStore.open(path)
    check_same(store, entries)
    assert (store.header['dataset'], store.header['generator']) == ('toy', {'type': 'ByHand'})
    read = list(StoreFolder().read(path))
    assert [entry.image for entry in read] == sorted(store)
    assert (read[0].size, len(read[0].bboxes), read[0].where) == ((375, 500), 7, f'{path}, {read[0].image}')


def test_the_catalogue_is_of_the_store_itself(tmp_path: Path, entries: list[ImageEntry]) -> None:
    path = tmp_path / 'a.mlkd'
    writer().write(path, entries)
    catalogue = StoreFolder().catalogue(path)
    assert catalogue is not None
    assert catalogue.name == 'toy'
    assert [(record.key, record.size) for record in catalogue] == [(e.record.key, e.size) for e in entries]


def test_what_is_recognised(tmp_path: Path, entries: list[ImageEntry]) -> None:
    writer().write(tmp_path / 'a.mlkd', entries)
    (tmp_path / 'a.mlkd').rename(tmp_path / 'renamed')
    for name in ('empty.mlkd', 'folder'):
        (tmp_path / name).mkdir()
    (tmp_path / 'file.mlkd').touch()
    found = [
        name for name in ('renamed', 'empty.mlkd', 'folder', 'file.mlkd') if StoreFolder.recognises(tmp_path / name)
    ]
    assert found == ['renamed', 'empty.mlkd']


def failing(entries: list[ImageEntry], error: BaseException) -> Iterator[ImageEntry]:
    yield from entries[:2]
    raise error


def test_wrong_input_leaves_nothing_and_a_kill_what_was_added(tmp_path: Path, entries: list[ImageEntry]) -> None:
    path = tmp_path / 'a.mlkd'
    with pytest.raises(ProposalError, match='wrong'):
        writer().write(path, failing(entries, ProposalError('wrong')))
    assert not list(tmp_path.glob('a.mlkd*'))
    with pytest.raises(KeyboardInterrupt):
        writer().write(path, failing(entries, KeyboardInterrupt()))
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == ['a.mlkd.partial']
    writer().write(path, entries)
    check_same(ProposalStore.open(path), entries)
