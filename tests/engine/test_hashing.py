from __future__ import annotations

import hashlib

import numpy as np
import pytest
from engine_toy import ToyImages
from mmengine.config import ConfigDict
from torch.utils.data import ConcatDataset

from mlkd.engine.hashing import config_hash, dataset_checksum, hashed_part

CONFIG = {'model': {'type': 'Net', 'width': 8}, 'train_dataloader': {'batch_size': 4, 'num_workers': 2}}


def test_the_hash_is_that_of_sorted_json() -> None:
    text = '{"model": {"type": "Net", "width": 8}, "train_dataloader": {"batch_size": 4}}'
    assert config_hash(CONFIG) == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert config_hash(ConfigDict(CONFIG)) == config_hash(dict(reversed(CONFIG.items()))) == config_hash(CONFIG)


@pytest.mark.parametrize(
    ('change', 'same'),
    [
        ({'work_dir': 'elsewhere', 'resume': True, 'randomness': {'seed': 3}, 'tta_model': {}, 'reuse': {}}, True),
        ({'train_dataloader': {'batch_size': 4, 'num_workers': 0, 'persistent_workers': True}}, True),
        ({'train_dataloader': {'batch_size': 4, 'data_root': 'elsewhere'}}, True),
        ({'train_dataloader': {'batch_size': 5}}, False),
        ({'model': {'type': 'Net', 'width': 8.5}}, False),
        ({'folds': 5}, False),
        ({'load_from': 'x.pth'}, False),
    ],
)
def test_what_changes_the_hash(change: dict, same: bool) -> None:
    assert (config_hash({**CONFIG, **change}) == config_hash(CONFIG)) is same


def test_types_of_json() -> None:
    assert hashed_part({1: (None, True, ToyImages)}) == {'1': [None, True, repr(ToyImages)]}


def test_the_checksum_of_names_and_labels_by_hand() -> None:
    data = ToyImages(2)
    digest = hashlib.sha256()
    for index in range(2):
        digest.update(f'{index}.png\0'.encode() + data.get_data_info(index)['gt_label'].astype(np.int8).tobytes())
    assert dataset_checksum(data) == {'images': 2, 'sha256': digest.hexdigest()}


def test_another_label_order_or_number_is_another_checksum() -> None:
    data = [ToyImages(4), ToyImages(3), ToyImages(4, seed=1), ConcatDataset([ToyImages(4), ToyImages(3)])]
    found = [dataset_checksum(one) for one in data]
    assert len({one['sha256'] for one in found}) == 4
    assert [one['images'] for one in found] == [4, 3, 4, 7]
    assert dataset_checksum(ConcatDataset([ToyImages(4)])) == found[0]
