"""Finding the image that a file means."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlkd.errors import ProposalError
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord, size_of


def catalogue(*keys: str, ids: list | None = None) -> ImageCatalogue:
    records = [ImageRecord(key, image_id=ids[index] if ids else None) for index, key in enumerate(keys)]
    return ImageCatalogue(records, 'toy')


VOC = catalogue('VOCdevkit/VOC2007/JPEGImages/000012.jpg', 'VOCdevkit/VOC2007/JPEGImages/000112.jpg')


@pytest.mark.parametrize(
    'name',
    [
        'VOCdevkit/VOC2007/JPEGImages/000012.jpg',
        './VOCdevkit/VOC2007/JPEGImages/000012.jpg',
        '/home/me/VOCdevkit/VOC2007/JPEGImages/000012.jpg',
        'C:\\VOCdevkit\\VOC2007\\JPEGImages\\000012.jpg',
        'JPEGImages/000012.jpg',
        'JPEGImages/000012',
        '000012.jpg',
        '000012',
        '12',
        12,
    ],
)
def test_voc(name: str | int) -> None:
    assert VOC.find(name) == [0]


@pytest.mark.parametrize('name', ['000013', 13, 'Annotations/000012.jpg', '000012.png', '', 'x', -12, '²'])
def test_none_of_voc(name: str | int) -> None:
    assert VOC.find(name) == []


def test_numbers_of_coco_and_voc_2012() -> None:
    found = catalogue('val2014/COCO_val2014_000000000042.jpg', 'val2017/000000000139.jpg', 'JPEGImages/2008_000123.jpg')
    assert [found.find(number) for number in (42, 139, 2008000123)] == [[0], [1], [2]]
    assert [found.find(name) for name in ('42', 'COCO_val2014_000000000042', '000000000139')] == [[0], [0], [1]]


def test_ids_of_the_annotation_go_before_numbers_in_names() -> None:
    found = catalogue('2.jpg', '1.jpg', ids=[1, 7])
    assert found.find(1) == [0]
    assert found.find('7') == [1]
    assert found.find(2) == [], 'another numbering than that of the annotation'
    assert found.find('2.jpg') == [0]
    # Ids that are names do not hinder.
    assert catalogue('a/000001.jpg', ids=['000001']).find(1) == [0]


def test_several() -> None:
    found = catalogue('a/1.jpg', 'b/1.jpg', 'b/1.png')
    assert found.find('1.jpg') == [0, 1]
    assert found.find('1') == found.find(1) == [0, 1, 2]
    assert found.find('b/1.jpg') == [1]
    assert found.find('x/b/1.jpg') == [1]
    assert found.find('b/1') == [1, 2]


def test_near() -> None:
    assert VOC.near('000013').startswith('did you mean 000012')
    assert VOC.near('Annotations/000012.jpg') == 'did you mean VOCdevkit/VOC2007/JPEGImages/000012.jpg?'
    assert VOC.near('zzz') == ''


def test_no_images_or_one_twice() -> None:
    with pytest.raises(ProposalError, match='no images'):
        catalogue()
    with pytest.raises(ProposalError, match='share a key'):
        catalogue('a', 'a')


def test_size(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((20, 30, 3), np.uint8))
    assert size_of(ImageRecord('a.png', str(tmp_path / 'a.png'))) == (20, 30)
    assert size_of(ImageRecord('a.png', str(tmp_path / 'a.png'), size=(1, 2))) == (20, 30), 'the file tells'
    assert size_of(ImageRecord('b.png', str(tmp_path / 'b.png'), size=(1, 2))) == (1, 2)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (30, 20)).save(tmp_path / 'turned.jpg', exif=exif)
    assert size_of(ImageRecord('turned.jpg', str(tmp_path / 'turned.jpg'))) == (20, 30), 'as it is stored'
    for path in (None, str(tmp_path / 'b.png')):
        with pytest.raises(ProposalError, match='size of an image is not known') as caught:
            size_of(ImageRecord('b.png', path))
        assert caught.value.where == 'b.png'
