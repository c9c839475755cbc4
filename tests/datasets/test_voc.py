"""VOCMultiLabel against a drawn data set and the real one's official lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.datasets import VOCMultiLabel
from mlkd.datasets.class_names import VOC
from mlkd.errors import ConfigError, DataError


def infos(dataset: VOCMultiLabel) -> list[dict]:
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def test_entries(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    first, second, *_ = infos(VOCMultiLabel(data_root=root))
    assert first['img_key'] == 'JPEGImages/000001.jpg'
    assert first['img_path'] == str(root / 'VOCdevkit/VOC2007/JPEGImages/000001.jpg')
    assert first['img_id'] == '000001'
    assert (first['height'], first['width']) == (48, 64)
    assert [VOC[k] for k in np.flatnonzero(first['gt_label'] == 1)] == ['dog']
    assert [VOC[k] for k in np.flatnonzero(first['gt_label'] == -1)] == ['person']
    # An ordinary cat beside a difficult one.
    assert second['gt_label'][VOC.index('cat')] == 1
    assert [item['ignore_flag'] for item in second['instances']] == [0, 1]


def test_boxes_lie_on_the_pixels_they_mark(make_voc: Callable[..., Path]) -> None:
    dataset = VOCMultiLabel(data_root=make_voc(), split='test', test_mode=True)
    info = dataset.get_data_info(0)
    rows, columns = np.nonzero(cv2.imread(info['img_path'])[..., 0] > 180)
    assert info['instances'][0]['bbox'] == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize(('difficult', 'value'), [('ignore', -1), ('present', 1), ('absent', 0)])
def test_difficult_objects(make_voc: Callable[..., Path], difficult: str, value: int) -> None:
    label = infos(VOCMultiLabel(data_root=make_voc(), difficult=difficult))[0]['gt_label']
    assert label[VOC.index('person')] == value
    assert label[VOC.index('dog')] == 1
    assert label[VOC.index('cat')] == 0


@pytest.mark.parametrize('below', ['', 'VOCdevkit', 'VOCdevkit/VOC2007'])
def test_the_root_may_be_any_of_three_folders(make_voc: Callable[..., Path], below: str) -> None:
    dataset = VOCMultiLabel(data_root=make_voc() / below, split='test')
    assert infos(dataset)[0]['img_key'] == 'JPEGImages/000005.jpg'


def test_2012_lies_elsewhere(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'VOCdevkit/VOC2007').rename(root / 'VOCdevkit/VOC2012')
    assert len(VOCMultiLabel(data_root=root, year=2012)) == 4
    with pytest.raises(DataError, match='does not hold'):
        VOCMultiLabel(data_root=root, year=2007)


def test_missing_data_root(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='data set is not there') as caught:
        VOCMultiLabel(data_root=tmp_path / 'voc07')
    text = str(caught.value)
    assert 'http://host.robots.ox.ac.uk/pascal/VOC/voc2007' in text
    assert 'VOCdevkit/VOC2007' in text
    assert 'configs/kd/wsddn_shapes.py' in text
    assert '--data-root' in text
    assert str(tmp_path / 'voc07') in text


def test_missing_split_names_those_there_are(make_voc: Callable[..., Path]) -> None:
    with pytest.raises(DataError, match='list of a split') as caught:
        VOCMultiLabel(data_root=make_voc(), split='val')
    assert caught.value.found == 'lists of test, trainval'
    assert 'split=' in caught.value.fix


def test_another_list(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'mine.txt').write_text('000003  1\n\n000005 -1\n')
    assert [info['img_id'] for info in infos(VOCMultiLabel(data_root=root, ann_file='mine.txt'))] == [
        '000003',
        '000005',
    ]


def test_list_as_windows_writes_it(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    listed = root / 'VOCdevkit/VOC2007/ImageSets/Main/test.txt'
    listed.write_bytes('\ufeff000005 \r\n\r\n000006'.encode())
    assert [info['img_id'] for info in infos(VOCMultiLabel(data_root=root, split='test'))] == ['000005', '000006']


def test_annotation_as_other_programs_write_it(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    path = root / 'VOCdevkit/VOC2007/Annotations/000001.xml'
    plain = infos(VOCMultiLabel(data_root=root))[0]
    text = path.read_text().replace('<difficult>1<', '<difficult> True <').replace('<difficult>0<', '<difficult>False<')
    path.write_text(text.replace('<width>64<', '<width>64.0<').replace('<name>dog<', '<name>\n dog\n<'))
    found = infos(VOCMultiLabel(data_root=root))[0]
    assert found['gt_label'].tolist() == plain['gt_label'].tolist()
    assert found['instances'] == plain['instances']
    assert (found['height'], found['width']) == (48, 64)


def test_images_with_other_endings(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    folder = root / 'VOCdevkit/VOC2007/JPEGImages'
    (folder / '000001.jpg').rename(folder / '000001.JPG')
    (folder / '000002.jpg').rename(folder / '000002.jpeg')
    (folder / '000003.png').write_bytes(b'beside the JPEG that is taken')
    (folder / '000004.jpg').unlink()
    keys = [info['img_key'].removeprefix('JPEGImages/') for info in infos(VOCMultiLabel(data_root=root))]
    assert keys == ['000001.JPG', '000002.jpeg', '000003.jpg', '000004.jpg']
    assert VOCMultiLabel(data_root=root, pipeline=[{'type': 'LoadImage'}])[0]['img_shape'] == (48, 64)


@pytest.mark.parametrize(
    ('old', 'new', 'what', 'said'),
    [
        ('<name>dog', '<name>dgo', 'unknown class', 'did you mean dog'),
        ('<name>dog</name>', '', 'unknown class', 'no name'),
        ('<difficult>0</difficult>', '<difficult>Unspecified</difficult>', 'difficult nor not', 'Unspecified'),
        ('<xmin>11</xmin>', '<xmin>eleven</xmin>', 'not four numbers', "'eleven'"),
        ('<xmin>11</xmin>', '', 'not four numbers', "''"),
        ('<xmax>30</xmax>', '<xmax>95</xmax>', 'leaves its image', '95'),
        ('<xmax>30</xmax>', '<xmax>5</xmax>', 'no area', '5'),
        ('<width>64</width>', '', 'how large the image is', '000001.xml'),
        ('<width>64</width>', '<width>0</width>', 'how large the image is', 'width 0, height 48'),
        ('</annotation>', '', 'no XML', '000001.xml'),
    ],
)
def test_wrong_annotation(make_voc: Callable[..., Path], old: str, new: str, what: str, said: str) -> None:
    root = make_voc()
    path = root / 'VOCdevkit/VOC2007/Annotations/000001.xml'
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataError, match=what) as caught:
        VOCMultiLabel(data_root=root)
    assert said in str(caught.value)
    assert '000001' in str(caught.value.where)


def test_missing_annotation(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'VOCdevkit/VOC2007/Annotations/000003.xml').unlink()
    with pytest.raises(DataError, match='annotation of an image is not there') as caught:
        VOCMultiLabel(data_root=root)
    assert '000003.xml' in str(caught.value.where)


def test_missing_image(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'VOCdevkit/VOC2007/JPEGImages/000003.jpg').unlink()
    dataset = VOCMultiLabel(data_root=root, pipeline=[{'type': 'LoadImage'}])
    with pytest.raises(DataError, match='no such image'):
        dataset[2]


def test_unknown_difficult(make_voc: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match='difficult'):
        VOCMultiLabel(data_root=make_voc(), difficult='drop')


@pytest.mark.parametrize('split', ['train', 'test'])
def test_real_labels_are_those_of_the_official_lists(real_data: Callable[[str], Path], split: str) -> None:
    root = real_data('voc07')
    dataset = VOCMultiLabel(data_root=root, split=split)
    labels = {info['img_id']: info['gt_label'] for info in infos(dataset)}
    assert len(labels) == {'train': 2500, 'test': 1010}[split]
    for index, name in enumerate(VOC):
        lines = (root / f'VOCdevkit/VOC2007/ImageSets/Main/{name}_{split}.txt').read_text().split()
        for key, value in zip(lines[::2], lines[1::2], strict=True):
            # 1 present, 0 difficult only, -1 absent there.
            assert labels[key][index] == {'1': 1, '0': -1, '-1': 0}[value], (key, name)
