"""Files of partitions: round trips, lists of the published code, and what is no partition."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlkd.datasets.class_names import COCO, NUS_WIDE
from mlkd.errors import PartitionError
from mlkd.partition import (
    LabelCounts,
    Partition,
    published_order,
    read_partition,
    write_partition,
    write_reference,
)

CLASSES = ('cat', 'dog', 'sea')
TOY = Partition((('dog', 'cat'), ('sea',)), CLASSES, 'toy', 'dgp', 0.3, 5, 'abc')


def saved(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding='utf-8')
    return path


def test_round_trip(tmp_path: Path, places: LabelCounts) -> None:
    for partition in (TOY, Partition.whole(('café', 'sea')), Partition.of(places, 'random', 3, seed=1)):
        assert read_partition(write_partition(partition, tmp_path / 'new' / 'a.json')) == partition
    assert os.listdir(tmp_path / 'new') == ['a.json']
    content = json.loads((tmp_path / 'new' / 'a.json').read_text())
    assert {'dataset', 'graph', 'rho', 'seed', 'counts', 'parts', 'classes'} <= set(content)


def test_into_another_order(tmp_path: Path) -> None:
    path = write_partition(TOY, tmp_path / 'a.json')
    assert read_partition(path, ('sea', 'dog', 'cat')).indices() == [[1, 2], [0]]
    with pytest.raises(PartitionError, match='did you mean sea') as caught:
        read_partition(path, ('seas', 'dog', 'cat'))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize('dataset', ['coco', 'nuswide'])
def test_lists_of_the_reference(tmp_path: Path, dataset: str) -> None:
    own = COCO if dataset == 'coco' else NUS_WIDE
    published = Partition.published(dataset, 'cgp', 5)
    path = write_reference(published, tmp_path / 'idx_coocurrence5_0.json')
    rows = json.loads(path.read_text())
    assert [len(row) for row in rows] == list(published.sizes)
    assert all(list(row.values()) == list(range(len(row))) for row in rows)
    assert published_order(dataset)[int(next(iter(rows[0])))] == published.parts[0][0]
    assert read_partition(path, published_order(dataset)).parts == published.parts
    # A partition of a data set in another order is written in the published one.
    write_reference(published.reordered(own), tmp_path / 'other.json', published_order(dataset))
    assert json.loads((tmp_path / 'other.json').read_text()) == rows


def test_published_lists(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    """What ships with mlkd is what was published, index by index."""
    content = json.loads((real_data('label_graph') / 'cpsd_partitions.json').read_text())
    for dataset, of_dataset in content.items():
        for graph in ('cgp', 'dgp'):
            for num_parts, rows in of_dataset[graph].items():
                found = read_partition(saved(tmp_path / 'x.json', rows), of_dataset['classes'])
                shipped = Partition.published(dataset, graph, int(num_parts))
                assert found.reordered(shipped.classes).parts == shipped.parts


def test_local_positions_order_a_part(tmp_path: Path) -> None:
    path = saved(tmp_path / 'a.json', [{'2': 1, '0': 0}, {'1': 0}])
    assert read_partition(path, CLASSES).parts == (('cat', 'sea'), ('dog',))


def test_lists_of_names(tmp_path: Path) -> None:
    path = saved(tmp_path / 'a.json', [['dog', 'cat'], ['sea']])
    assert read_partition(path).classes == ('dog', 'cat', 'sea')
    assert read_partition(path, CLASSES).indices() == [[1, 0], [2]]


def test_the_81_labels_among_those_of_coco(tmp_path: Path) -> None:
    path = saved(tmp_path / 'idx_coocurrence1_0.json', [{str(i): i for i in range(81)}])
    assert read_partition(path, published_order('nuswide')).sizes == (81,)
    with pytest.raises(PartitionError, match='take idx_cluster1_0') as caught:
        read_partition(path, published_order('coco'))
    assert 'idx_coocurrence1_0.json' in str(caught.value)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ([{'0': 0, '1': 2}, {'2': 0}], 'part 0'),
        ([{'0': 0, '1': 0}, {'2': 0}], 'does not number'),
        ([{'x': 0}, {'1': 0}, {'2': 0}], 'does not number'),
        ([{'0': True, '1': 0}, {'2': 0}], 'does not number'),
        ([{'0': [1], '1': 0}, {'2': 0}], 'does not number'),
        ([{'0': 0, '1': 1}], '1 of 3 labels stand in no part'),
        ([{'0': 0, '1': 1}, {'1': 0, '2': 1}], 'part 0 of 2 and part 1 of 2'),
        ([[0, 1], [-1]], 'no list of labels'),
        ([[0, 1], 'sea'], 'no list of labels'),
        ([[0, 1], [2], []], 'holds no label'),
        ([], r'(?s)3 of 3 labels stand in no part.*a\.json, 0 parts'),
        ([['dog', 'caat'], ['sea']], 'did you mean cat'),
        ([['dog', 1], ['sea']], 'no names'),
        ({'parts': [['dog']]}, 'holds no partition'),
        ('dog', 'holds no partition'),
    ],
)
def test_lists_that_are_no_partition(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(PartitionError, match=words) as caught:
        read_partition(saved(tmp_path / 'a.json', content), CLASSES)
    assert 'a.json' in str(caught.value)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'version': 2}, 'another version'),
        ({'rho': 'high'}, 'rho'),
        ({'rho': 0}, r'(?s)not above 0.*a\.json, rho.*expected'),
        ({'rho': -0.5}, 'not above 0'),
        ({'rho': float('nan')}, 'not above 0'),
        ({'seed': True}, 'seed'),
        ({'dataset': None}, 'dataset'),
        ({'parts': 'dog'}, 'no lists'),
        ({'parts': [['dog', 'cat']]}, '1 of 3 labels stand in no part'),
        ({'parts': [['dog', 'cat'], ['sea'], []]}, 'holds no label'),
        ({'classes': ['cat', 'dog', 'sea', 'sea']}, 'named twice'),
        ({'classes': 3}, 'no names'),
    ],
)
def test_files_that_are_no_partition(tmp_path: Path, changes: dict, words: str) -> None:
    content = json.loads(write_partition(TOY, tmp_path / 'a.json').read_text())
    with pytest.raises(PartitionError, match=words) as caught:
        read_partition(saved(tmp_path / 'a.json', {**content, **changes}))
    assert 'a.json' in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = saved(tmp_path / 'coco.json', [[0]])
    with pytest.raises(PartitionError, match='--classes coco'):
        read_partition(path)
    with pytest.raises(PartitionError, match=r'did you mean coco\.json'):
        read_partition(tmp_path / 'cooc.json')
    path.write_bytes(b'[[0, ')
    with pytest.raises(PartitionError, match='cannot be read'):
        read_partition(path)
