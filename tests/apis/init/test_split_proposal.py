from __future__ import annotations

import numpy as np
import pytest

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import divide
from mlkd.errors import DataError


def photos(count: int = 20, groups: list[int] | None = None, splits: dict[str, str] | None = None) -> CheckedPhotos:
    labels = np.stack([np.arange(count) % 2, np.ones(count)], 1).astype(np.int8)
    keys = [f'{index:02d}.jpg' for index in range(count)]
    return CheckedPhotos(keys, ['cat', 'dog'], labels, np.array(groups or range(count)), splits or {})


def test_groups_are_named_and_kept_together() -> None:
    division = divide(photos(groups=[0, 0, 0, *range(1, 18)]), {'train': 0.8, 'val': 0.2}, 0)
    assert division.groups == [['00.jpg', '01.jpg', '02.jpg']]
    assert division.straddling() == []
    assert {name: len(keys) for name, keys in division.members().items()} == {'train': 16, 'val': 4}


def test_splits_of_the_file() -> None:
    said = {f'{index:02d}.jpg': 'train' if index < 15 else 'test' for index in range(20)}
    division = divide(photos(splits=said, groups=[0, *range(1, 19), 0]), {'train': 0.8, 'val': 0.2}, 0)
    assert division.names == ('train', 'val')
    assert division.straddling() == [['00.jpg', '19.jpg']]
    for wrong, part in (
        ({**said, '03.jpg': 'trian'}, 'trian'),
        ({key: split for key, split in said.items() if key != '03.jpg'}, 'none for 03.jpg'),
        (dict.fromkeys(said, 'train'), 'found: train'),
    ):
        with pytest.raises(DataError, match=part):
            divide(photos(splits=wrong), {'train': 0.8, 'val': 0.2}, 0)
