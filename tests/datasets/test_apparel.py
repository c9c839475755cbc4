"""Apparel in its folders, and MSRN's split of it."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.datasets import Apparel
from mlkd.errors import ConfigError, DataError
from mlkd.partition import LabelCounts
from mlkd.partition.adjacency import statistics


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder, names in {'black_dress': 'abc', 'blue_shoes': 'dea', 'white_pants': 'f'}.items():
        for name in names:
            path = tmp_path / 'apparel' / folder / f'{name}.jpg'
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((8, 8, 3), ord(name), np.uint8))
    (tmp_path / 'apparel' / 'black_dress' / 'Thumbs.db').write_text('')
    return tmp_path


def test_labels_are_those_of_the_folder(root: Path) -> None:
    data = Apparel(data_root=root, split='all')
    labels = {
        entry['img_key']: np.flatnonzero(entry['gt_label']).tolist() for entry in map(data.get_data_info, range(7))
    }
    assert labels['black_dress/a.jpg'] == [0, 6]
    assert labels['blue_shoes/a.jpg'] == [1, 9]
    assert labels['white_pants/f.jpg'] == [5, 7]
    assert len(labels) == 7


def test_halves(root: Path) -> None:
    train, test = (Apparel(data_root=root, split=split) for split in ('train', 'test'))
    keys = [{data.get_data_info(i)['img_key'] for i in range(len(data))} for data in (train, test)]
    assert [len(part) for part in keys] == [3, 4]
    assert not keys[0] & keys[1]


def test_split_of_msrn(root: Path, tmp_path: Path) -> None:
    """As its code does: names in the order of the file, shuffled after seeding Python's generator with 10."""
    labels = {'black_dress': (0, 6), 'blue_shoes': (1, 9), 'white_pants': (5, 7)}
    names = {'f': 'white_pants', 'a': 'blue_shoes', 'c': 'black_dress', 'd': 'blue_shoes', 'b': 'black_dress'}
    content = {f'{name}.jpg': [0 if i in labels[folder] else -1 for i in range(11)] for name, folder in names.items()}
    (tmp_path / 'image_label.pkl').write_bytes(pickle.dumps(content))
    random.seed(10)
    items = list(content.items())
    random.shuffle(items)
    data = Apparel(data_root=root, ann_file=str(tmp_path / 'image_label.pkl'), split='train')
    found = [data.get_data_info(i)['img_key'] for i in range(len(data))]
    assert found == [f'{names[name[0]]}/{name}' for name, _ in items[:2]]
    every = Apparel(data_root=root, ann_file=str(tmp_path / 'image_label.pkl'), split='all')
    assert Counter(every.get_data_info(i)['img_key'].split('/')[0] for i in range(5)) == Counter(names.values())


def test_counts_as_released(root: Path) -> None:
    pairs, images = statistics(LabelCounts.of_dataset(Apparel(data_root=root, split='all')), 'apparel_released')
    assert images[:6].tolist() == [1] * 6
    assert {(i, j): pairs[i, j] for i, j in np.argwhere(pairs)} == {(0, 6): 3, (1, 9): 3, (5, 7): 1}


def test_bad_folders_and_lists(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='split'):
        Apparel(data_root=root, split='val')  # type: ignore[arg-type]
    with pytest.raises(DataError, match='kaggle'):
        len(Apparel(data_root=tmp_path / 'gone'))
    file = tmp_path / 'image_label.pkl'
    file.write_bytes(pickle.dumps({'zzz.jpg': [0] * 11}))
    with pytest.raises(DataError, match='not there') as caught:
        len(Apparel(data_root=root, ann_file=str(file)))
    assert 'zzz' in str(caught.value)
    file.write_bytes(pickle.dumps({'a.jpg': [0] * 11}))
    with pytest.raises(DataError, match='other labels than its folder'):
        len(Apparel(data_root=root, ann_file=str(file)))
    (root / 'apparel' / 'purple_dress').mkdir()
    with pytest.raises(DataError, match='colour and a garment') as other:
        len(Apparel(data_root=root))
    assert 'purple_dress' in str(other.value)
