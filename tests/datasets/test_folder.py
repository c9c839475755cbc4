"""Somebody's own photos: every form of the file of labels, and everything that can be wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_toys import make_photos, write_photo

from mlkd.datasets import FolderMultiLabel
from mlkd.errors import ConfigError, DataError
from mlkd.registry import DATASETS, TRANSFORMS

NAMES = ['a.jpg', 'sub/b c.JPG', 'sub/ö.jpg']
#: Of a, b c and ö: cat and dog, cat, dog.
EXPECTED = {'a.jpg': [1, 1], 'sub/b c.JPG': [1, 0], 'sub/ö.jpg': [0, 1]}


def dataset(root: Path, text: str | bytes, name: str = 'labels.csv', **kwargs: object) -> FolderMultiLabel:
    make_photos(root / 'photos', NAMES)
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    config = {'type': 'FolderMultiLabel', 'data_root': root / 'photos', 'ann_file': f'../{name}', **kwargs}
    return DATASETS.build(config)


def labels_of(data: FolderMultiLabel) -> dict[str, list[int]]:
    entries = [data.get_data_info(index) for index in range(len(data))]
    return {entry['img_key']: entry['gt_label'].tolist() for entry in entries}


FORMS = {
    'several in a cell': 'file,labels\na.jpg,cat;dog\nsub/b c.JPG,cat\nsub/ö.jpg,dog\n',
    'no head': 'a.jpg,cat;dog\nsub/b c.JPG,cat\nsub/ö.jpg,dog\n',
    'semicolons, names without folder and ending': 'Foto;Worte\na;cat, dog\nb c;cat\nö;dog\n',
    'tabs, quotes, backslashes': '"file"\t"tags"\n"a.jpg"\t"cat|dog"\n"sub\\b c.JPG"\t"cat"\nsub/ö.jpg\tdog\n',
    'pipes, small letters, a folder more': 'image|label\nphotos/a.JPG|cat dog\nphotos/sub/b c.jpg|cat\nÖ.jpg|dog\n',
    'one label per row': 'a.jpg,cat\nsub/b c.JPG,cat\na.jpg,dog\nsub/ö.jpg,dog\n',
    'commas throughout': 'a.jpg,cat,dog\nsub/b c.JPG,cat\nsub/ö.jpg,dog\n',
    'columns of names': 'image,label1,label2\na.jpg,cat,dog\nsub/b c.JPG,,cat\nsub/ö.jpg,dog,\n',
    'a column per label': 'file,cat,dog\na.jpg,1,1\nsub/b c.JPG,1,0\nsub/ö.jpg,0,1\n',
    'a column per label, ones alone': 'file,cat,dog\na.jpg,1,1\nsub/b c.JPG,1,\nsub/ö.jpg,,1\n',
    'as pandas writes it': ',file,cat,dog\n0,a.jpg,1.0,True\n1,sub/b c.JPG,1.0,False\n2,sub/ö.jpg,0.0,True\n',
    'lists of Python': "file,labels\na.jpg,\"['cat', 'dog']\"\nsub/b c.JPG,['cat']\nsub/ö.jpg,['dog']\n",
    'a first line of a spreadsheet': 'sep=;\nfile;labels\na.jpg;cat,dog\nsub/b c.JPG;cat\nsub/ö.jpg;dog\n',
    'rows that say the same': 'a.jpg,cat;dog\na.jpg,dog;cat\nsub/b c.JPG,cat\nsub/ö.jpg,dog\n',
}


@pytest.mark.parametrize('text', FORMS.values(), ids=FORMS)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_forms_of_csv(tmp_path: Path, text: str, encoding: str) -> None:
    data = dataset(tmp_path, text.replace('\n', '\r\n').encode(encoding))
    assert data.metainfo['classes'] == ('cat', 'dog')
    assert labels_of(data) == EXPECTED


@pytest.mark.parametrize(
    'content',
    [
        {'a.jpg': ['cat', 'dog'], 'b c': 'cat', 'ö.jpg': ['dog']},
        [{'file': 'a', 'labels': ['cat', 'dog']}, {'image': 'b c', 'tags': ['cat']}, {'file': 'ö', 'labels': ['dog']}],
        {'a.jpg': {'cat': 1, 'dog': True}, 'b c': {'cat': 1, 'dog': 0}, 'ö': {'cat': False, 'dog': 1}},
        {'a.jpg': {'cat': 1, 'dog': 1}, 'b c': {'cat': 1}, 'ö': {'dog': 1}},
        {'a': {'labels': ['cat', 'dog']}, 'b c': {'labels': ['cat']}, 'ö': {'labels': ['dog']}},
    ],
)
def test_forms_of_json(tmp_path: Path, content: object) -> None:
    assert labels_of(dataset(tmp_path, json.dumps(content), 'labels.json')) == EXPECTED


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('file,cat,dog\na,1,0\nb c,?,1\nö,,-1\n', [[1, 0], [-1, 1], [-1, -1]]),
        ('a,cat;dog?\nb c,dog;?\nö,\n', [[1, -1], [-1, 1], [0, 0]]),
        (json.dumps({'a': {'cat': 1, 'dog': 0}, 'b c': {'cat': None, 'dog': 1}, 'ö': {'cat': -1}}), None),
    ],
)
def test_unknown_labels(tmp_path: Path, text: str, expected: list | None) -> None:
    found = list(labels_of(dataset(tmp_path, text)).values())
    assert found == (expected or [[1, 0], [-1, 1], [-1, -1]])


def test_classes_of_the_config_have_its_order_and_others_can_be_dropped(tmp_path: Path) -> None:
    text = 'a,cat;dog\nb c,cat\nö,emu\n'
    meta = {'classes': ['dog', 'cat']}
    with pytest.raises(DataError, match=r'(?s)not among the classes.*found: emu'):
        dataset(tmp_path, text, metainfo=meta)
    data = dataset(tmp_path, text, metainfo=meta, other_labels='drop')
    assert list(labels_of(data).values()) == [[1, 1], [0, 1], [0, 0]]


def test_words_of_a_name_stay_together(tmp_path: Path) -> None:
    data = dataset(tmp_path, 'a,traffic light\na,stop sign\nb c,stop sign\nö,traffic light\n')
    assert data.metainfo['classes'] == ('stop sign', 'traffic light')
    meta = {'classes': ['sign', 'stop']}
    assert labels_of(dataset(tmp_path, 'a,stop sign\nb c,sign\nö,stop\n', metainfo=meta))['a.jpg'] == [1, 1]
    named = dataset(tmp_path, 'a,b+c\nb c,d\nö,b\n', label_separator='+')
    assert named.metainfo['classes'] == ('b', 'c', 'd')


def test_splits_of_a_column_and_of_a_file(tmp_path: Path) -> None:
    text = 'file,labels,split\na,cat;dog,training\nb c,cat,train\nö,dog,valid\n'
    assert list(labels_of(dataset(tmp_path, text, split='train'))) == NAMES[:2]
    assert list(labels_of(dataset(tmp_path, text, split='val'))) == NAMES[2:]
    (tmp_path / 'splits.json').write_text(json.dumps({'train': ['ö'], 'val': ['a.jpg', 'sub/b c.JPG']}))
    data = dataset(tmp_path, text, split='train', split_file=str(tmp_path / 'splits.json'))
    assert list(labels_of(data)) == NAMES[2:]
    # Labels of all splits are labels of each.
    assert data.metainfo['classes'] == ('cat', 'dog')


def test_photos_are_read_upright(tmp_path: Path) -> None:
    data = dataset(tmp_path, FORMS['no head'])
    path = tmp_path / 'photos' / 'a.jpg'
    image = np.zeros((20, 40, 3), np.uint8)
    write_photo(path, image)
    content = path.read_bytes()
    # Orientation 6: to be turned by a quarter.
    exif = b'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0'
    path.write_bytes(content[:2] + b'\xff\xe1' + (len(exif) + 2).to_bytes(2, 'big') + exif + content[2:])
    assert TRANSFORMS.build({'type': 'LoadImage'})(data.get_data_info(0))['img'].shape == (40, 20, 3)
    assert cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION).shape == (20, 40, 3)


WRONG = {
    'a missing photo': ('a,cat\nb d.jpg,dog\nö,dog\n', ['line 2: b d.jpg (did you mean', 'not there']),
    'a suffix that is not read': ('a,cat\nb c,dog\nö,dog\nraw.heic,cat\n', ['raw.heic is there, but its ending']),
    'no row for a photo': ('a,cat\nb c,dog\n', ['1 of 3 photos have no labels', 'no row for sub/ö.jpg', 'drop']),
    'one label alone': ('a,cat\nb c,cat\nö,\n', ['one label alone', 'found: cat']),
    'no label at all': ('file,labels\na,\nb c,\nö,\n', ['No label is named']),
    'an empty file': ('', ['is empty']),
    'blank lines': ('\n \n', ['is empty']),
    'a head alone': ('file,labels\n', ['says no labels', 'only a head']),
    'names alone': ('a.jpg\nsub/b c.JPG\nö.jpg\n', ['says no labels', 'one column: a.jpg']),
    'rows that contradict': ('a,cat;dog\na,cat\nb c,cat\nö,dog\n', ['line 1 says dog, line 2 does not']),
    'a row of nothing': ('a,\na,cat\nb c,cat\nö,dog\n', ['line 2 says cat, line 1 says none']),
    'values that contradict': (
        'file,cat,dog\na,1,0\na,0,0\nb c,0,1\nö,1,0\n',
        ['a.jpg: line 2 says cat, line 3 does not'],
    ),
    'splits that contradict': ('file,labels,split\na,cat,train\na,cat,val\nb c,dog,val\nö,,val\n', ['line 3 says val']),
    'a value without meaning': ('file,cat,dog\na,1,0\nb c,2,1\nö,0,1\n', ['line 3, column cat: 2']),
    'a cell too few': ('file,cat,dog\na,1,0\nb c,1\nö,0,1\n', ['line 3: 2 cells']),
    'a column twice': ('file,cat,cat\na,1,0\nb c,1,0\nö,0,1\n', ['each another']),
    'no names of columns': ('a,1,0\nb c,1,0\nö,0,1\n', ['no names', 'file,cat,dog']),
    'an open quotation mark': ('a,"cat\nb c,dog\nö,dog\n', ['line 1', 'quotation mark']),
    'a broken list': ('a,"[\'cat\', dog]"\nb c,dog\nö,dog\n', ['line 1', 'dog]']),
    'Windows-1252': ('a,café\nb c,dog\nö,dog\n'.encode('cp1252'), ['line 1', 'byte 0xe9', 'café', 'UTF-8']),
    'a workbook': (b'PK\x03\x04\x00\x00', ['workbook', 'CSV']),
    'zero bytes': (b'a,cat\nb\0c,dog\n', ['line 2', 'zero byte']),
}


@pytest.mark.parametrize(('text', 'parts'), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, parts: list[str]) -> None:
    (tmp_path / 'photos').mkdir()
    if 'heic' in str(text):
        (tmp_path / 'photos' / 'raw.heic').write_bytes(b'?')
    with pytest.raises(DataError) as caught:
        dataset(tmp_path, text)
    for part in parts:
        assert part in str(caught.value)
    assert 'labels.csv' in str(caught.value)


WRONG_JSON = {
    'no JSON': ('{"a": ["cat"],\n"b c": ["dog" "x"]}', ['line 2', 'no JSON']),
    'cut': ('{"a": ["cat"],', ['no JSON']),
    'another kind': ('3', ['holds no labels']),
    'a wrong value': ('{"a": 0.5, "b c": ["dog"], "ö": []}', ['entry 1: a: 0.5']),
    'a value without meaning': ('{"a": {"cat": 2}, "b c": ["dog"], "ö": []}', ["entry 1: a: {'cat': 2}"]),
    'a label twice': ('{"a": {"cat": 1, "cat": 0}, "b c": ["dog"], "ö": []}', ['entry 1: a']),
    'a photo twice': (
        '{"a": ["cat", "dog"], "a": ["cat"], "b c": [], "ö": []}',
        ['entry 1 says dog, entry 2'],
    ),
    'no file': ('[{"labels": ["cat"]}]', ['entry 1: no name of a file']),
    'nothing': ('[]', ['is empty']),
    'COCO': ('{"images": [], "annotations": []}', ['CocoMultiLabel']),
    'much too deep': ('[' * 100_000, ['labels.json']),
}


@pytest.mark.parametrize(('text', 'parts'), WRONG_JSON.values(), ids=WRONG_JSON)
def test_what_is_wrong_with_json_is_named(tmp_path: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        dataset(tmp_path, text, 'labels.json')
    for part in (*parts, 'labels.json'):
        assert part in str(caught.value)


def test_photos_without_labels_can_be_dropped(tmp_path: Path) -> None:
    assert list(labels_of(dataset(tmp_path, 'a,cat\nb c,dog\n', unlabelled='drop'))) == NAMES[:2]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    dataset(tmp_path, FORMS['no head'])
    with pytest.raises(DataError, match=r'(?s)label\.csv.*did you mean labels\.csv'):
        FolderMultiLabel(data_root=tmp_path / 'photos', ann_file=str(tmp_path / 'label.csv'))
    with pytest.raises(DataError, match='no such folder'):
        FolderMultiLabel(data_root=tmp_path / 'fotos', ann_file=str(tmp_path / 'labels.csv'))
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='holds no photos'):
        FolderMultiLabel(data_root=tmp_path / 'empty', ann_file=str(tmp_path / 'labels.csv'))


def test_arguments_that_are_wrong(tmp_path: Path) -> None:
    for wrong in ({'unlabelled': 'keep'}, {'other_labels': 'keep'}, {'label_separator': ''}):
        with pytest.raises(ConfigError):
            dataset(tmp_path, FORMS['no head'], **wrong)
    with pytest.raises(DataError, match=r"(?s)'train'.*no splits.*mlkd init"):
        dataset(tmp_path, FORMS['no head'], split='train')
    text = 'file,labels,split\na,cat;dog,train\nb c,cat,train\nö,dog,val\n'
    with pytest.raises(DataError, match='did you mean train'):
        dataset(tmp_path, text, split='trian')
