"""Images of a folder, a list and a config."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.apis.proposals.catalogues import image_catalogue
from mlkd.apis.proposals.sources import SPLITS
from mlkd.errors import DataError
from mlkd.proposals.image_catalogue import size_of


def arguments(**changes: object) -> argparse.Namespace:
    return argparse.Namespace(**({'splits': SPLITS, 'cfg_options': None, 'data_root': None} | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images."""
    for index, name in enumerate(('b/2.png', 'a/1.png', 'c.png')):
        (tmp_path / 'photos' / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / 'photos' / name), np.zeros((10 + index, 20, 3), np.uint8))
    return tmp_path / 'photos'


def test_folder(folder: Path) -> None:
    found = image_catalogue(folder, arguments())
    assert found.name == 'photos'
    assert [record.key for record in found] == ['a/1.png', 'b/2.png', 'c.png']
    assert [size_of(record) for record in found] == [(11, 20), (10, 20), (12, 20)]


def test_list(folder: Path, tmp_path: Path) -> None:
    """In its own order; absolute paths below the root are cut."""
    path = tmp_path / 'train.txt'
    path.write_text(f'# mine\n./b/2.png\n\n{folder}/c.png\n')
    found = image_catalogue(path, arguments(data_root=str(folder)))
    assert found.name == 'train'
    assert [record.key for record in found] == ['b/2.png', 'c.png']
    assert size_of(found[1]) == (12, 20)
    beside = folder / 'list.lst'
    beside.write_text('a/1.png\n')
    assert [record.key for record in image_catalogue(beside, arguments())] == ['a/1.png']


def test_wrong_lists(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / 'train.txt'
    path.write_text('b/2.png\nx.png\n')
    with pytest.raises(DataError, match='2 images of the list') as caught:
        image_catalogue(path, arguments())
    assert '--data-root' in caught.value.fix
    with pytest.raises(DataError, match='1 images of the list'):
        image_catalogue(path, arguments(data_root=str(folder)))
    with pytest.raises(DataError, match='no such image folder'):
        image_catalogue(tmp_path / 'none.txt', arguments())


def test_config(make_voc: Callable[..., Path], tmp_path: Path) -> None:
    root = make_voc()
    config = tmp_path / 'voc.py'
    config.write_text(
        f"""
train_dataloader = dict(dataset=dict(type='VOCMultiLabel', data_root={str(root)!r}, split='trainval'))
test_dataloader = dict(dataset=dict(type='VOCMultiLabel', data_root={str(root)!r}, split='test', test_mode=True))
"""
    )
    found = image_catalogue(config, arguments())
    assert found.name == 'voc'
    assert [record.image_id for record in found] == ['000001', '000002', '000003', '000004', '000005', '000006']
    assert found[0].key == 'JPEGImages/000001.jpg'
    assert found[0].size == size_of(found[0]) == (48, 64)
    assert found[0].label.shape == (20,)
    assert len(image_catalogue(config, arguments(splits=['test']))) == 2


def test_images_that_are_drawn(tmp_path: Path) -> None:
    config = tmp_path / 'shapes.py'
    config.write_text("test_dataloader = dict(dataset=dict(type='Shapes', split='test', num_images=3, size=96))")
    found = image_catalogue(config, arguments())
    assert len(found) == 3
    assert found[0].path is None
    assert size_of(found[0]) == (96, 96)
