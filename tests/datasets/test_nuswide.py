"""NUSWide from lists in the official layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.datasets import NUSWide
from mlkd.datasets.class_names import NUS_WIDE
from mlkd.errors import ConfigError, DataError


def infos(dataset: NUSWide) -> list[dict]:
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def names(info: dict) -> set[str]:
    return {NUS_WIDE[k] for k in np.flatnonzero(info['gt_label'])}


def test_entries(make_nuswide: Callable[..., Path]) -> None:
    root = make_nuswide()
    found = infos(NUSWide(data_root=root))
    assert [info['img_key'] for info in found] == [
        'Flickr/actor/0001_11.jpg',
        'Flickr/zoo/0003_13.jpg',
        'Flickr/zoo/0004_14.jpg',
    ]
    assert [names(info) for info in found] == [{'sky', 'person'}, {'zebra'}, {'airport', 'sky'}]
    assert all(Path(info['img_path']).is_file() for info in found)
    assert [names(info) for info in infos(NUSWide(data_root=root, split='test'))] == [{'animal'}, {'person', 'zebra'}]


def test_lists_as_windows_writes_them(make_nuswide: Callable[..., Path]) -> None:
    root = make_nuswide()
    plain = [(info['img_key'], info['gt_label'].tolist()) for info in infos(NUSWide(data_root=root))]
    for path in root.rglob('*.txt'):
        text = '\ufeff' + ' \r\n'.join(path.read_text().split()) + '\r\n\r\n'
        path.write_bytes(text.encode())
    assert [(info['img_key'], info['gt_label'].tolist()) for info in infos(NUSWide(data_root=root))] == plain


def test_unlabelled_images_may_stay(make_nuswide: Callable[..., Path]) -> None:
    found = infos(NUSWide(data_root=make_nuswide(), drop_unlabelled=False))
    assert [len(names(info)) for info in found] == [2, 0, 1, 2]


def test_folder_below_and_other_image_folder(make_nuswide: Callable[..., Path], tmp_path: Path) -> None:
    root = make_nuswide(tmp_path / 'data' / 'NUS-WIDE')
    assert infos(NUSWide(data_root=tmp_path / 'data'))[0]['img_path'] == str(root / 'Flickr/actor/0001_11.jpg')
    (root / 'Flickr').rename(root / 'images')
    info = infos(NUSWide(data_root=root, data_prefix={'img_path': 'images'}))[0]
    assert info['img_key'] == 'images/actor/0001_11.jpg'
    assert Path(info['img_path']).is_file()


@pytest.mark.parametrize('prefix', [{}, {'img': 'Flickr'}])
def test_prefixes_that_name_no_other_folder(make_nuswide: Callable[..., Path], prefix: dict) -> None:
    found = infos(NUSWide(data_root=make_nuswide(), data_prefix=prefix))
    assert found[0]['img_key'] == 'Flickr/actor/0001_11.jpg'


def test_classes_are_alphabetical() -> None:
    assert len(NUS_WIDE) == 81
    assert list(NUS_WIDE) == sorted(NUS_WIDE)


def test_lists_that_do_not_fit(make_nuswide: Callable[..., Path]) -> None:
    root = make_nuswide()
    path = root / 'Groundtruth/TrainTestLabels/Labels_zebra_Train.txt'
    path.write_text('0\n0\n1\n')
    with pytest.raises(DataError, match='wrong length') as caught:
        NUSWide(data_root=root)
    assert (caught.value.where, caught.value.found) == (path, '3 labels')
    assert caught.value.expected.startswith('4')
    path.write_text('0\n0\nx\n0\n')
    with pytest.raises(DataError, match='not 0 or 1') as caught:
        NUSWide(data_root=root)
    assert caught.value.where == f'{path}:3'
    path.unlink()
    with pytest.raises(DataError, match='not there') as caught:
        NUSWide(data_root=root)
    assert caught.value.where == path


def test_other_concepts(make_nuswide: Callable[..., Path]) -> None:
    root = make_nuswide()
    path = root / 'ConceptsList/Concepts81.txt'
    path.write_text(path.read_text().replace('zebra', 'zebras'))
    with pytest.raises(DataError, match='concepts are not those') as caught:
        NUSWide(data_root=root)
    assert caught.value.found == '81 concepts; not known: zebras'
    assert caught.value.expected == '81 concepts; missing: zebra'


def test_missing_root_and_split(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='not there') as caught:
        NUSWide(data_root=tmp_path / 'none')
    assert 'NUS-WIDE.html' in str(caught.value)
    assert 'configs/kd/wsddn_shapes.py' in str(caught.value)
    with pytest.raises(ConfigError, match='split'):
        NUSWide(data_root=tmp_path, split='val')
