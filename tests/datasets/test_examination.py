"""Examination of a data set, its proposals, and of what two data sets share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.datasets import VOCMultiLabel
from mlkd.datasets.examination import Examination, examine, examine_proposals, overlap
from mlkd.errors import DataError
from mlkd.proposals import ProposalWriter


def look(root: Path, split: str = 'trainval', fast: bool = False) -> Examination:
    return examine(VOCMultiLabel(data_root=root, split=split, lazy_init=True), fast=fast)


def problems(found: Examination) -> dict[str, list[str]]:
    return {finding.check: list(finding.problems) for finding in found.findings if finding.problems}


def test_nothing_wrong(make_voc: Callable[..., Path]) -> None:
    found = look(make_voc())
    assert problems(found) == {}
    assert len(found.keys) == len(found.checksums) == 4
    notes = {finding.check: finding.note for finding in found.findings}
    assert notes['labels'] == '1.25 per image, 1 ignored'
    assert notes['images'] == 'all decoded'


def test_every_problem_is_listed(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    folder = root / 'VOCdevkit/VOC2007'
    (folder / 'JPEGImages/000001.jpg').unlink()
    whole = (folder / 'JPEGImages/000002.jpg').read_bytes()
    (folder / 'JPEGImages/000002.jpg').write_bytes(whole[: len(whole) // 2])
    for name in ('000003', '000004'):
        path = folder / f'Annotations/{name}.xml'
        path.write_text(path.read_text().replace('<xmin>6<', '<xmin>60<').replace('<ymax>40<', '<ymax>90<'))
    (folder / 'ImageSets/Main/trainval.txt').write_text('000001\n000002\n000003\n000004\n000004\n')
    found = problems(look(root))
    assert set(found) == {'boxes', 'listed once', 'files there', 'images'}
    assert [len(found[name]) for name in ('boxes', 'listed once', 'files there', 'images')] == [4, 1, 1, 1]
    assert any('000003.jpg, object 0' in text for text in found['boxes'])
    assert found['files there'] == [str(folder / 'JPEGImages/000001.jpg')]
    assert '000002.jpg: An image file is cut short' in found['images'][0]


def test_fast_does_not_read_images(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'VOCdevkit/VOC2007/JPEGImages/000002.jpg').write_bytes(b'nothing')
    found = look(root, fast=True)
    assert problems(found) == {}
    assert found.checksums == {}
    assert 'images' in problems(look(root))


def test_every_image_without_a_usable_annotation_is_listed(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    folder = root / 'VOCdevkit/VOC2007'
    (folder / 'Annotations/000001.xml').unlink()
    (folder / 'Annotations/000003.xml').write_text('<annotation>')
    (folder / 'JPEGImages/000004.jpg').unlink()
    found = look(root)
    (first, second), (missing,) = problems(found)['annotation'], problems(found)['files there']
    assert '000001.xml' in first
    assert 'no XML' in second
    assert 'complete the data' in str(found.error)
    assert missing.endswith('000004.jpg')
    assert found.keys == ['JPEGImages/000002.jpg', 'JPEGImages/000004.jpg']
    with pytest.raises(DataError, match='annotation of an image is not there'):
        VOCMultiLabel(data_root=root)


def test_annotation_that_cannot_be_read(tmp_path: Path) -> None:
    found = look(tmp_path / 'none')
    assert problems(found) == {'annotation': ['The data set is not there.']}
    assert found.error is not None
    assert found.keys == []


def test_overlap_by_name_and_by_content(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    train = look(root)
    assert overlap(train, look(root, 'test')).problems == []
    folder = root / 'VOCdevkit/VOC2007'
    shutil.copy(folder / 'JPEGImages/000002.jpg', folder / 'JPEGImages/000005.jpg')
    (folder / 'ImageSets/Main/test.txt').write_text('000005\n000003\n')
    found = overlap(train, look(root, 'test'))
    assert found.problems == [
        'JPEGImages/000002.jpg (training) is JPEGImages/000005.jpg (test)',
        'JPEGImages/000003.jpg',
    ]
    assert overlap(train, look(root, 'test', fast=True)).problems == ['JPEGImages/000003.jpg']


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with ProposalWriter(tmp_path / 'p.mlkd', 'voc', {'type': 'x'}) as writer:
        for key, count in (('a', 3), ('b', 0), ('c', 1)):
            boxes = np.tile(np.array([[0, 0, 5, 5]], np.float32), (count, 1))
            writer.add(key, boxes, np.ones(count, np.float32), (10, 10))
        writer.finish()
    return tmp_path / 'p.mlkd'


def test_proposals(store: Path) -> None:
    good = examine_proposals(store, 'voc', ['a', 'c'], allow_empty=False)
    assert (list(good.problems), good.note) == ([], '2.0 boxes per image')
    assert examine_proposals(store, 'voc', ['a', 'b', 'd'], allow_empty=False).problems == [
        'd: no entry in the store',
        'b: no proposals',
    ]
    assert examine_proposals(store, 'voc', ['a', 'b'], allow_empty=True).problems == []
    (other,) = examine_proposals(store, 'coco', ['a'], allow_empty=True).problems
    assert "found 'voc'; expected 'coco'" in other
    assert examine_proposals('auto', 'voc', ['a'], allow_empty=False).note == 'made when the run starts'
    assert 'none.mlkd' in examine_proposals(store.with_name('none.mlkd'), 'voc', ['a'], False).problems[0]


def test_boxes_of_a_store_that_was_changed(store: Path) -> None:
    boxes = np.load(store / 'boxes.npy')
    boxes[0] = [0, 0, 50, 5]
    np.save(store / 'boxes.npy', boxes)
    assert 'changed' in examine_proposals(store, 'voc', ['a'], allow_empty=False).problems[0]
    assert examine_proposals(store, 'voc', ['a'], allow_empty=False, fast=True).problems == []
