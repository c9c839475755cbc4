"""CocoMultiLabel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlkd.datasets import CocoMultiLabel
from mlkd.datasets.class_names import COCO
from mlkd.errors import DataError


def infos(dataset: CocoMultiLabel) -> list[dict]:
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def names(info: dict) -> list[str]:
    return [COCO[k] for k in np.flatnonzero(info['gt_label'])]


def change(root: Path, function: Callable[[dict], None]) -> None:
    path = root / 'annotations/instances_train2014.json'
    content = json.loads(path.read_text())
    function(content)
    path.write_text(json.dumps(content))


def test_entries(make_coco: Callable[..., Path]) -> None:
    root = make_coco()
    found = infos(CocoMultiLabel(data_root=root))
    assert [info['img_id'] for info in found] == [3, 9, 25]
    assert [names(info) for info in found] == [['dog', 'toothbrush'], ['person'], ['person']]
    assert found[0]['img_key'] == 'train2014/COCO_train2014_000000000003.jpg'
    assert found[0]['img_path'] == str(root / found[0]['img_key'])
    assert found[1]['instances'][0]['bbox'] == [10, 5, 30, 25]
    assert [len(info['instances']) for info in found] == [2, 2, 1]
    # A crowd alone makes a label, and evaluation of boxes leaves it out.
    assert (found[2]['instances'][0]['ignore_flag'], found[2]['instances'][0]['crowd']) == (1, 1)
    assert 'crowd' not in found[1]['instances'][0]


def test_images_without_labels(make_coco: Callable[..., Path]) -> None:
    whole = infos(CocoMultiLabel(data_root=make_coco(), drop_unlabelled=False))
    assert [info['img_id'] for info in whole] == [3, 9, 25, 30]
    assert names(whole[-1]) == []


def test_files_of_the_other_year(make_coco: Callable[..., Path]) -> None:
    root = make_coco(year=2017)
    found = infos(CocoMultiLabel(data_root=root, split='val', year=2014))
    assert [info['img_key'] for info in found] == ['val2017/000000000042.jpg', 'val2017/000000000073.jpg']
    again = infos(CocoMultiLabel(data_root=root, split='val', year=2017))
    assert [info['img_path'] for info in again] == [info['img_path'] for info in found]
    make_coco(year=2014)
    assert infos(CocoMultiLabel(data_root=root, split='val'))[0]['img_key'].startswith('val2014/')


def test_own_data_in_the_same_format(make_coco: Callable[..., Path]) -> None:
    root = make_coco()
    (root / 'train2014').rename(root / 'photos')
    options = {'ann_file': 'annotations/instances_train2014.json', 'data_prefix': {'img_path': 'photos'}}
    dataset = CocoMultiLabel(data_root=root, metainfo={'classes': ['toothbrush', 'dog']}, **options)
    (info,) = infos(dataset)
    assert info['img_key'] == 'photos/COCO_train2014_000000000003.jpg'
    assert info['gt_label'].tolist() == [1, 1]
    assert Path(info['img_path']).is_file()
    with pytest.raises(DataError, match='1 of 2 classes') as caught:
        CocoMultiLabel(data_root=root, metainfo={'classes': ['dog', 'toothbush']}, **options)
    assert caught.value.fix.endswith('of the categories; did you mean toothbrush?')


def test_categories_of_the_same_name_are_one_label(make_coco: Callable[..., Path]) -> None:
    root = make_coco()
    change(root, lambda content: content['categories'].append({'id': 999, 'name': 'zebra'}))
    change(root, lambda content: content['annotations'][0].update(category_id=999))
    assert names(infos(CocoMultiLabel(data_root=root))[1]) == ['person', 'zebra']


def test_official_boxes_without_height(make_coco: Callable[..., Path]) -> None:
    """Two annotations of the official training file have no height: the label counts, the box is left out."""
    root = make_coco()
    change(root, lambda content: content['annotations'][0].update(id=2206849, bbox=[9.98, 18.56, 5.54, 0.0]))
    info = infos(CocoMultiLabel(data_root=root))[1]
    assert names(info) == ['person']
    assert [item['bbox'] for item in info['instances']] == [[40, 5, 50, 25]]


@pytest.mark.parametrize(
    ('box', 'what'), [([10, 5, 20, 0], 'no area'), ([50, 5, 30, 9], 'leaves its image'), ([-9, 5, 30, 9], 'leaves its')]
)
def test_wrong_boxes(make_coco: Callable[..., Path], box: list[float], what: str) -> None:
    root = make_coco()
    change(root, lambda content: content['annotations'][1].update(bbox=box))
    with pytest.raises(DataError, match=what) as caught:
        CocoMultiLabel(data_root=root)
    assert caught.value.where.endswith('COCO_train2014_000000000009.jpg, object 1')


def test_missing_files(make_coco: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match='data set is not there') as caught:
        CocoMultiLabel(data_root=tmp_path / 'none')
    for text in ('https://cocodataset.org', 'annotations/instances_train2014.json', 'configs/kd/wsddn_shapes.py'):
        assert text in str(caught.value)
    root = make_coco()
    (root / 'annotations/instances_train2014.json').unlink()
    with pytest.raises(DataError, match='annotation file is not there') as caught:
        CocoMultiLabel(data_root=root)
    assert caught.value.found == 'instances_val2014.json'


@pytest.mark.parametrize(
    'text', ['{"images": [', '[1, 2]', '{"images": []}', '{"images": [{"file_name": "a"}]}', '\x00', '[' * 100_000]
)
def test_no_annotation_file(make_coco: Callable[..., Path], text: str) -> None:
    root = make_coco()
    (root / 'annotations/instances_train2014.json').write_text(text)
    with pytest.raises(DataError, match='annotation file cannot be read') as caught:
        CocoMultiLabel(data_root=root)
    assert caught.value.where == root / 'annotations/instances_train2014.json'


def test_annotation_as_other_programs_write_it(make_coco: Callable[..., Path]) -> None:
    root = make_coco()
    change(root, lambda content: content['annotations'][0].update(iscrowd='0', bbox=['10', '5', '20', '20']))
    change(root, lambda content: content['images'][2].update(id='a25'))
    path = root / 'annotations/instances_train2014.json'
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes())
    first, second = infos(CocoMultiLabel(data_root=root))
    assert [first['img_id'], second['img_id']] == [3, 9]
    assert second['instances'][0] == {'bbox': [10, 5, 30, 25], 'bbox_label': 0, 'ignore_flag': 0, 'area': 400}


@pytest.mark.parametrize(
    ('wrong', 'said'),
    [
        (lambda content: content['images'][1].update(id=9), 'same id'),
        (lambda content: content['categories'][5].pop('name'), 'without a name'),
        (lambda content: content['categories'][5].update(name=5), 'one that is no text'),
        (lambda content: content['images'][1].update(id=None), 'neither a number nor a text'),
        (
            lambda content: content['annotations'][0].update(image_id='9'),
            "image_id '9', where the id of the image is 9",
        ),
        (lambda content: content['annotations'][0].update(category_id='1'), "category_id '1', which is not among"),
        (lambda content: content['annotations'][0].update(category_id=999), 'category_id 999, which is not among'),
    ],
)
def test_ids_and_names_that_labels_would_be_lost_by(
    make_coco: Callable[..., Path], wrong: Callable[[dict], object], said: str
) -> None:
    root = make_coco()
    change(root, wrong)
    with pytest.raises(DataError, match='annotation file cannot be read') as caught:
        CocoMultiLabel(data_root=root)
    assert said in caught.value.found


def test_objects_of_images_that_are_not_listed(make_coco: Callable[..., Path]) -> None:
    """A subset may be cut out of the list of images alone."""
    root = make_coco()
    change(root, lambda content: content['images'].pop(0))
    assert [info['img_id'] for info in infos(CocoMultiLabel(data_root=root))] == [3, 25]


def test_image_without_a_finite_size(make_coco: Callable[..., Path]) -> None:
    root = make_coco()
    change(root, lambda content: content['images'][1].update(height=float('inf')))
    with pytest.raises(DataError, match='not described') as caught:
        CocoMultiLabel(data_root=root)
    assert caught.value.where.endswith('image 3')


def test_real_counts(real_data: Callable[[str], Path]) -> None:
    root = real_data('coco_mini')
    for split, images, labels in (('train', 260, 3.52), ('val', 160, 3.58)):
        dataset = CocoMultiLabel(data_root=root, split=split)
        vectors = np.stack([info['gt_label'] for info in infos(dataset)])
        assert vectors.shape == (images, 80)
        assert round(vectors.sum(1).mean(), 2) == labels
        assert vectors.any(0).all()
        assert all(Path(info['img_path']).is_file() for info in infos(dataset))


@pytest.mark.parametrize(
    ('part', 'changed', 'found'),
    [
        ('images', {'height': None}, 'TypeError'),
        ('images', {'file_name': ...}, "KeyError: 'file_name'"),
        ('annotations', {'bbox': [1, 2, 3]}, 'ValueError'),
        ('annotations', {'bbox': ...}, "KeyError: 'bbox'"),
    ],
)
def test_incomplete_entries(make_coco: Callable[..., Path], part: str, changed: dict, found: str) -> None:
    root = make_coco()
    path = root / 'annotations' / 'instances_train2014.json'
    content = json.loads(path.read_text())
    one = {**content[part][0], **changed}
    content[part][0] = {key: value for key, value in one.items() if value is not ...}
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match='not described as it should be') as caught:
        CocoMultiLabel(data_root=str(root)).full_init()
    assert caught.value.where == f'{path}, image 9'
    assert found in caught.value.found
