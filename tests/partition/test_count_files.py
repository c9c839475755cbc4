"""Files of counts: round trips, the pickles of the published code, and damaged ones."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlkd.errors import PartitionError
from mlkd.partition import LabelCounts, read_counts, write_counts

ADJ, NUMS = np.array([[0, 1], [1, 0]]), np.array([3, 2])
COUNTS = LabelCounts(('dog', 'café'), NUMS, ADJ, 'toy')


@pytest.mark.parametrize('name', ['a.npz', 'a.json'])
def test_round_trip(tmp_path: Path, name: str) -> None:
    found = read_counts(write_counts(COUNTS, tmp_path / 'new' / name))
    assert (found.classes, found.dataset, found.checksum) == (COUNTS.classes, 'toy', COUNTS.checksum)
    np.testing.assert_array_equal(found.pairs, ADJ)
    assert os.listdir(tmp_path / 'new') == [name]


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_pickles_of_the_reference(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / 'nus_adj.pkl'
    path.write_bytes(pickle.dumps({'adj': ADJ.astype(float), 'nums': NUMS.astype(float)}, protocol))
    with pytest.raises(PartitionError, match='does not say which labels'):
        read_counts(path)
    found = read_counts(path, ['dog', 'café'])
    assert found.checksum == COUNTS.checksum
    assert found.dataset == 'nus_adj'
    with pytest.raises(PartitionError, match='do not fit the labels') as caught:
        read_counts(path, ['dog', 'cat', 'cow'])
    assert str(path) in str(caught.value)


def test_the_doubled_file_of_nus_wide(tmp_path: Path) -> None:
    path = tmp_path / 'nuswide_adj.pkl'
    path.write_bytes(pickle.dumps({'adj': ADJ * 4, 'nums': NUMS}))
    with pytest.raises(PartitionError, match='take partition/nus_adj') as caught:
        read_counts(path, ['dog', 'cat'])
    assert str(path) in str(caught.value)


def test_nothing_in_a_pickle_runs(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / 'ran'),)

    (tmp_path / 'x.pkl').write_bytes(pickle.dumps({'adj': Payload(), 'nums': NUMS}))
    np.savez(tmp_path / 'x.npz', adj=np.array([Payload()], dtype=object), nums=NUMS)
    for name, words in (('x.pkl', 'nothing of it was executed'), ('x.npz', 'cannot be read')):
        with pytest.raises(PartitionError, match=words):
            read_counts(tmp_path / name)
    assert not (tmp_path / 'ran').exists()


def _npy(path: Path) -> None:
    with open(path, 'wb') as file:
        np.save(file, ADJ)


def _cut(path: Path) -> None:
    write_counts(COUNTS, path)
    path.write_bytes(path.read_bytes()[:300])


def _damaged(path: Path) -> None:
    write_counts(COUNTS, path)
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)


@pytest.mark.parametrize('spoil', [_npy, _cut, _damaged, lambda path: path.write_bytes(b'')])
def test_damaged_npz(tmp_path: Path, spoil: Any) -> None:
    spoil(tmp_path / 'a.npz')
    with pytest.raises(PartitionError) as caught:
        read_counts(tmp_path / 'a.npz')
    assert 'a.npz' in str(caught.value)


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('a.json', b'{"adj": ', 'cannot be read'),
        ('a.json', b'\xff\xfe', 'cannot be read'),
        ('a.json', b'[1, 2]', 'holds no counts'),
        ('a.json', json.dumps({'adj': [[0]], 'classes': ['a']}).encode(), 'keys adj, classes'),
        ('a.json', json.dumps({'adj': [[0, 1], [1]], 'nums': [1, 1], 'classes': ['a', 'b']}).encode(), 'do not fit'),
        ('a.json', json.dumps({'adj': [[0]], 'nums': [1], 'classes': 'a'}).encode(), 'no names'),
        ('a.json', json.dumps({'adj': [['x']], 'nums': [1], 'classes': ['a']}).encode(), 'do not fit'),
        ('a.json', json.dumps({'adj': [[0]], 'nums': [1], 'classes': 7}).encode(), 'no names'),
        ('a.txt', b'', 'unknown ending'),
        ('a.pkl', b'junk', 'pickle'),
        ('a.pkl', pickle.dumps([1]), 'holds no counts'),
        ('a.pkl', pickle.dumps({'adj': 'x', 'nums': [1]}), 'holds no counts'),
    ],
)
def test_files_that_hold_no_counts(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PartitionError, match=words):
        read_counts(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    write_counts(COUNTS, tmp_path / 'coco.npz')
    with pytest.raises(PartitionError, match=r'did you mean coco\.npz'):
        read_counts(tmp_path / 'cocoa.npz')
    with pytest.raises(PartitionError, match='no such file'):
        read_counts(tmp_path / 'none' / 'coco.npz')
    with pytest.raises(PartitionError, match=r'\.npz or \.json'):
        write_counts(COUNTS, tmp_path / 'coco.csv')
