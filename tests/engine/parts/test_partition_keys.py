from __future__ import annotations

import pytest

from mlkd.engine.parts.partition_keys import check_partitions
from mlkd.errors import ConfigError


def test_the_three_ways_to_name_a_partition() -> None:
    check_partitions(
        {
            'made': {'graph': 'cgp', 'parts': 5, 'rho': 2.0, 'seed': 1, 'counts': 'a.npz'},
            'random': {'graph': 'random', 'parts': 2, 'sizes': [1, 2]},
            'published': {'published': 'coco', 'graph': 'dgp', 'parts': 5},
            'file': {'file': 'a.json'},
        }
    )


@pytest.mark.parametrize(
    ('partitions', 'where', 'words'),
    [
        (['cgp'], 'partitions', 'is no dict'),
        ({'a': {'parts': 5}}, 'partitions.a', 'where its parts come from'),
        ({'a': 5}, 'partitions.a', 'where its parts come from'),
        ({'a': {'graph': 'cgp'}}, 'partitions.a.parts', 'how many parts'),
        ({'a': {'published': 'coco', 'parts': 5}}, 'partitions.a.graph', "'cgp' or 'dgp'"),
        ({'a': {'graph': 'cgp', 'part': 5}}, 'partitions.a.part', 'did you mean parts'),
        ({'a': {'file': 'x', 'graph': 'cgp'}}, 'partitions.a.graph', 'no such key'),
        ({'a': {'published': 'coco', 'graph': 'cgp', 'parts': 2, 'rho': 1}}, 'partitions.a.rho', 'no such key'),
    ],
)
def test_mistakes_name_the_key(partitions: object, where: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as error:
        check_partitions(partitions)
    assert error.value.where == where
