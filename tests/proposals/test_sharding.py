"""Dividing images among machines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mlkd.errors import ConfigError, ProposalError
from mlkd.proposals import Shard

KEYS = [f'{index % 7}/ü{index}.jpg' for index in range(50)]


@pytest.mark.parametrize('of', [1, 2, 3, 7, 50])
def test_shards_are_disjoint_equal_and_everything(of: int) -> None:
    shards = [Shard(index, of).positions(KEYS) for index in range(1, of + 1)]
    assert sorted(position for shard in shards for position in shard) == list(range(50))
    sizes = {len(shard) for shard in shards}
    assert max(sizes) - min(sizes) <= 1


def test_order_of_the_list_does_not_matter() -> None:
    mixed = random.Random(0).sample(KEYS, len(KEYS))
    for shard in (Shard(1, 3), Shard(3, 3)):
        assert {mixed[position] for position in shard.positions(mixed)} == {
            KEYS[position] for position in shard.positions(KEYS)
        }
        assert shard.header(mixed) == shard.header(KEYS)
    assert Shard(1, 3).header(KEYS[1:])['keys_sha256'] != Shard(1, 3).header(KEYS)['keys_sha256']


def test_more_shards_than_images() -> None:
    with pytest.raises(ProposalError, match='fewer images than shards'):
        Shard(1, 51).positions(KEYS)


def test_text() -> None:
    assert Shard.parse('2/8') == Shard(2, 8)
    assert str(Shard(2, 8)) == '2/8'
    for text in ('0/8', '9/8', '2', '2/', '-1/8', 'a/b', '2/8/3', '1.5/3', ''):
        with pytest.raises(ConfigError):
            Shard.parse(text)


def test_path_stands_beside_that_of_the_whole() -> None:
    assert Shard(2, 8).path('a/voc.mlkd') == Path('a/voc.shard2of8.mlkd')
    assert Shard(2, 8).path('a/voc') == Path('a/voc.shard2of8.mlkd')
    assert Shard(2, 8).path('a/voc.shard2of8.mlkd') == Path('a/voc.shard2of8.mlkd')
    assert Shard(1, 8).path('a/v.1.mlkd') == Path('a/v.1.shard1of8.mlkd')
