"""Images of a folder or of a config, and the data sets of a config by split."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from mlkd.apis.proposals.sources import add_config_options, config_datasets, image_source, named_stores
from mlkd.errors import ConfigError, DataError
from tests.proposals.raw_store import write_raw


@pytest.fixture
def config(make_voc, tmp_path: Path) -> Path:
    text = "dict(batch_size=1, dataset=dict(type='VOCMultiLabel', split='{}', data_root='{}', proposal_file='auto'))"
    path, root = tmp_path / 'voc.py', make_voc()
    loaders = {'train': 'trainval', 'val': 'test', 'test': 'test'}
    path.write_text(''.join(f'{k}_dataloader = {text.format(v, root)}\n' for k, v in loaders.items()))
    return path


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    return parser.parse_args(words)


def test_each_data_set_once_and_without_proposals(config: Path) -> None:
    built = config_datasets(config)
    assert {split: [len(dataset) for dataset in datasets] for split, datasets in built.items()} == {
        'train': [4],
        'val': [2],
    }
    assert built['train'][0].proposals is None
    assert list(config_datasets(config, ('test', 'val'))) == ['test']


def test_images_of_a_config(config: Path) -> None:
    source = image_source(config, arguments())
    assert source.keys == [f'JPEGImages/00000{index}.jpg' for index in range(1, 7)]
    assert source.name == 'voc'
    assert source.read(5).shape == (48, 64, 3)
    assert source.read.size(5) == (48, 64)
    assert image_source(config, arguments('--splits', 'test')).keys == source.keys[4:]


def test_images_of_a_folder(config: Path) -> None:
    folder = config.parent / 'voc' / 'VOCdevkit' / 'VOC2007' / 'JPEGImages'
    source = image_source(folder, arguments())
    assert (source.keys[0], len(source.keys), source.name) == ('000001.jpg', 6, 'JPEGImages')
    assert source.read.size(0) == (48, 64)


def test_an_image_is_no_list(config: Path) -> None:
    image = config.parent / 'voc' / 'VOCdevkit' / 'VOC2007' / 'JPEGImages' / '000001.jpg'
    with pytest.raises(DataError, match='not a list of images') as caught:
        image_source(image, arguments())
    assert str(image.parent) in caught.value.fix


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such image folder'):
        image_source(tmp_path / 'photos', arguments())
    (tmp_path / 'mine.py').write_text('model = dict()')
    with pytest.raises(ConfigError, match=r'did you mean mine\.py'):
        image_source(tmp_path / 'mines.py', arguments())
    with pytest.raises(ConfigError, match='names no data set') as caught:
        config_datasets(tmp_path / 'mine.py', ('val',))
    assert caught.value.expected == 'val_dataloader'


def test_names_of_stores(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ('a.mlkd', 'b.mlkd', 'c/a.mlkd')]
    for path in paths:
        write_raw(path, {'1.jpg': ([], [], (9, 9))})
    assert list(named_stores(paths[:2])) == ['a', 'b']
    assert list(named_stores(paths[::2])) == [str(paths[0]), str(paths[2])]
    with pytest.raises(ConfigError, match='named twice'):
        named_stores([paths[0], paths[0]])
