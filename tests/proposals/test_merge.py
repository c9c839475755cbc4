"""Merging shards: the store made in one go, or an error that says which shard is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_images import KEYS, Gray

from mlkd.errors import ProposalError
from mlkd.fileio import write_json
from mlkd.proposals import ProposalStore, ProposalWriter, Shard, make_proposals, merge_shards
from mlkd.proposals.layout import partial_path

FILES = ('header.json', 'keys.npy', 'offsets.npy', 'sizes.npy', 'boxes.npy', 'scores.npy')


def _make(out: Path, shard: Shard | None = None, keys: list[str] = KEYS, name: str = 'toy', count: int = 3) -> Path:
    return make_proposals(keys, Gray(), {'type': 'PixelBoxes', 'count': count}, out, name, 1, shard=shard)


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """Three shards of the toy images."""
    return [_make(tmp_path / 'toy.mlkd', Shard(index, 3)) for index in (1, 2, 3)]


def test_merged_is_the_store_made_in_one_go(shards: list[Path], tmp_path: Path) -> None:
    assert [path.name for path in shards] == [f'toy.shard{index}of3.mlkd' for index in (1, 2, 3)]
    assert [len(ProposalStore.open(path)) for path in shards] == [8, 8, 8]
    merged = merge_shards(shards[::-1], tmp_path / 'toy.mlkd')
    whole = _make(tmp_path / 'whole.mlkd')
    for name in FILES:
        assert (merged / name).read_bytes() == (whole / name).read_bytes(), name
    ProposalStore.open(merged).verify()
    assert all(path.exists() for path in shards)
    assert not partial_path(merged).exists()
    assert merge_shards(shards, merged) == merged  # nothing to do
    assert _make(tmp_path / 'toy.mlkd') == merged


def test_machines_may_list_the_images_in_another_order(shards: list[Path], tmp_path: Path) -> None:
    class Backwards(Gray):
        def __call__(self, index: int):
            return super().__call__(len(KEYS) - 1 - index)

    config = {'type': 'PixelBoxes', 'count': 3}
    other = make_proposals(KEYS[::-1], Backwards(), config, tmp_path / 'b.mlkd', 'toy', 1, shard=Shard(2, 3))
    merged = merge_shards([shards[0], other, shards[2]], tmp_path / 'm.mlkd')
    assert ProposalStore.open(merged).header == ProposalStore.open(_make(tmp_path / 'w.mlkd')).header


def test_merge_that_was_stopped_goes_on(shards: list[Path], tmp_path: Path) -> None:
    first = ProposalStore.open(shards[0])
    with ProposalWriter(tmp_path / 'm.mlkd', 'toy', first.header['generator']) as writer:
        for key in list(first)[:5]:
            writer.add(key, first[key].bboxes, first[key].scores, first[key].size)
    merged = merge_shards(shards, tmp_path / 'm.mlkd')
    assert ProposalStore.open(merged).header == ProposalStore.open(_make(tmp_path / 'w.mlkd')).header


def test_shard_that_is_missing_or_there_twice(shards: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match='1 of 3 shards are missing') as caught:
        merge_shards([shards[0], shards[2]], tmp_path / 'm.mlkd')
    assert caught.value.found == '2/3'
    with pytest.raises(ProposalError, match='Shard 1/3 is there twice'):
        merge_shards([*shards, shards[0]], tmp_path / 'm.mlkd')
    with pytest.raises(ProposalError, match='no shard to merge'):
        merge_shards([], tmp_path / 'm.mlkd')
    with pytest.raises(ProposalError, match='no proposal store'):
        merge_shards([tmp_path / 'none.mlkd'], tmp_path / 'm.mlkd')
    assert not (tmp_path / 'm.mlkd').exists()


def test_shards_that_do_not_fit(shards: list[Path], tmp_path: Path) -> None:
    others = {
        'data set': _make(tmp_path / 'a.mlkd', Shard(3, 3), name='voc'),
        'generator': _make(tmp_path / 'b.mlkd', Shard(3, 3), count=9),
        'number of shards': _make(tmp_path / 'c.mlkd', Shard(3, 4)),
        'list of images': _make(tmp_path / 'd.mlkd', Shard(3, 3), keys=KEYS[:-1]),
    }
    for what, path in others.items():
        with pytest.raises(ProposalError, match=f'Shards differ in their {what}') as caught:
            merge_shards([*shards[:2], path], tmp_path / 'm.mlkd')
        assert caught.value.where == path
    with pytest.raises(ProposalError, match='is no shard'):
        merge_shards([*shards[:2], _make(tmp_path / 'whole.mlkd')], tmp_path / 'm.mlkd')
    header = ProposalStore.open(shards[2]).header
    write_json(shards[2] / 'header.json', {**header, 'shard': {'of': 3}})
    with pytest.raises(ProposalError, match='is no shard') as caught:
        merge_shards(shards, tmp_path / 'm.mlkd')
    assert (caught.value.where, caught.value.found) == (shards[2], {'of': 3})


def test_images_that_are_in_two_shards_or_in_none(shards: list[Path], tmp_path: Path) -> None:
    header = ProposalStore.open(shards[2]).header

    def rewritten(name: str, keys: list[str]) -> Path:
        source = ProposalStore.open(_make(tmp_path / 'whole.mlkd'))
        path = tmp_path / f'{name}.mlkd'
        with ProposalWriter(path, 'toy', header['generator'], shard=header['shard']) as writer:
            for key in keys:
                writer.add(key, source[key].bboxes, source[key].scores, source[key].size)
            return writer.finish()

    own, other = list(ProposalStore.open(shards[2])), next(iter(ProposalStore.open(shards[0])))
    with pytest.raises(ProposalError, match='1 images are in two shards') as caught:
        merge_shards([*shards[:2], rewritten('double', [*own, other])], tmp_path / 'm.mlkd')
    assert caught.value.found == other
    with pytest.raises(ProposalError, match='have not the images') as caught:
        merge_shards([*shards[:2], rewritten('less', own[:-1])], tmp_path / 'm.mlkd')
    assert (caught.value.found, caught.value.expected) == ('23 images', '24 images')


def test_damaged_shard(shards: list[Path], tmp_path: Path) -> None:
    content = bytearray((shards[1] / 'boxes.npy').read_bytes())
    content[-3] ^= 1
    (shards[1] / 'boxes.npy').write_bytes(content)
    with pytest.raises(ProposalError, match='has changed since it was written'):
        merge_shards(shards, tmp_path / 'm.mlkd')


def test_other_store_at_the_place(shards: list[Path], tmp_path: Path) -> None:
    _make(tmp_path / 'm.mlkd', count=1)
    with pytest.raises(ProposalError, match='other settings'):
        merge_shards(shards, tmp_path / 'm.mlkd')


def test_shard_of_other_images_is_not_taken_for_done(shards: list[Path], tmp_path: Path) -> None:
    assert _make(tmp_path / 'toy.mlkd', Shard(1, 3)) == shards[0]
    with pytest.raises(ProposalError, match='of another part, or of other images'):
        _make(tmp_path / 'toy.mlkd', Shard(1, 3), keys=KEYS[:-1])
    # An unfinished shard is not gone on with as another one's.
    with pytest.raises(ProposalError, match='images got no proposals'):
        make_proposals(
            KEYS, Gray(broken=(0,)), {'type': 'PixelBoxes'}, tmp_path / 'x.mlkd', 'toy', 1, shard=Shard(1, 1)
        )
    with pytest.raises(ProposalError, match='begun with other settings'):
        _make(tmp_path / 'x.mlkd', Shard(1, 1), keys=KEYS[:-1])
