"""point_to: every data set of a config, wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config

from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.roots import point_to, resolve_root
from mlkd.errors import DataError
from mlkd.registry import DATASETS


@DATASETS.register_module()
class DrawnForRoots(MultiLabelDataset):
    READS_FILES = False


def test_everywhere(tmp_path: Path) -> None:
    voc = {'type': 'VOCMultiLabel', 'data_root': 'a'}
    config = Config(
        {
            'data_root': 'a',
            'train_dataloader': {'dataset': {'type': 'RepeatDataset', 'times': 2, 'dataset': dict(voc)}},
            'val_dataloader': {'dataset': {'type': 'ConcatDataset', 'datasets': [dict(voc), {'type': 'NUSWide'}]}},
            'test_dataloader': {'dataset': {'type': 'DrawnForRoots'}},
            'stages': ['one'],
            'one': {'train_dataloader': {'dataset': {'data_root': 'b', 'split': 'x'}}, 'data_root': 'own'},
            'model': {'type': 'WSDDN', 'data': {'seed': 3}},
            'elsewhere': {'type': 'CocoDataset', 'data_root': 'c', 'ann_file': 'x'},
        }
    )
    assert point_to(config, tmp_path) is config
    root = str(tmp_path)
    assert config.data_root == root
    assert config.train_dataloader.dataset.dataset.data_root == root
    assert 'data_root' not in config.train_dataloader.dataset
    assert [one.data_root for one in config.val_dataloader.dataset.datasets] == [root, root]
    assert config.test_dataloader.dataset == {'type': 'DrawnForRoots'}
    assert config.one.train_dataloader.dataset == {'data_root': root, 'split': 'x'}
    assert config.elsewhere.data_root == root
    assert config.model == {'type': 'WSDDN', 'data': {'seed': 3}}


def test_resolve(tmp_path: Path) -> None:
    (tmp_path / 'b' / 'mark').mkdir(parents=True)
    assert resolve_root(tmp_path, ('a', 'b', '.'), 'mark', 'get it') == tmp_path / 'b'
    (tmp_path / 'a' / 'mark').mkdir(parents=True)
    assert resolve_root(tmp_path, ('a', 'b', '.'), 'mark', 'get it') == tmp_path / 'a'


def test_error_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / 'other').mkdir()
    with pytest.raises(DataError, match='does not hold') as caught:
        resolve_root(tmp_path, ('.',), 'mark', 'get it from x')
    assert caught.value.found == 'other'
    assert caught.value.expected == f'{tmp_path.name}/mark'
    assert caught.value.fix.startswith('get it from x')


@pytest.mark.parametrize(('name', 'found'), [('data.zip', 'a file'), ('none', 'no such folder')])
def test_error_says_that_there_is_no_folder(tmp_path: Path, name: str, found: str) -> None:
    (tmp_path / 'data.zip').touch()
    with pytest.raises(DataError, match='not there') as caught:
        resolve_root(tmp_path / name, ('.',), 'mark', 'get it from x')
    assert caught.value.found == found
