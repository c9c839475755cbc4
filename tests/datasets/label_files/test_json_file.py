from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlkd.datasets.label_files.json_file import read_json
from mlkd.errors import DataError

PATH = Path('labels.json')


def read(content: object) -> list[tuple]:
    text = content if isinstance(content, str) else json.dumps(content)
    return [(photo.name, dict(photo.labels), photo.others, photo.split) for photo in read_json(PATH, text).photos]


def test_forms_by_photo() -> None:
    content = {
        'a.jpg': ['cat', 'dog?'],
        'b.jpg': {'cat': 1, 'dog': False, 'fox': None},
        'c.jpg': 'fox',
        'd.jpg': None,
        'e.jpg': [],
        'f.jpg': {'labels': ['cat'], 'split': 'valid'},
        'g.jpg': 7,
    }
    assert read(content) == [
        ('a.jpg', {'cat': 1, 'dog': -1}, 0, None),
        ('b.jpg', {'cat': 1, 'dog': 0, 'fox': -1}, None, None),
        ('c.jpg', {'fox': 1}, 0, None),
        ('d.jpg', {}, -1, None),
        ('e.jpg', {}, 0, None),
        ('f.jpg', {'cat': 1}, 0, 'val'),
        ('g.jpg', {'7': 1}, 0, None),
    ]


def test_a_list_of_photos_under_the_keys_that_tools_use() -> None:
    content = [{'file_name': 'a.jpg', 'Tags': ['cat'], 'subset': 'training'}, {'img': 'b.jpg'}]
    assert read(content) == [('a.jpg', {'cat': 1}, 0, 'train'), ('b.jpg', {}, -1, None)]
    assert read_json(PATH, json.dumps(content)).how == 'JSON, a list of photos'


def test_a_photo_that_is_there_twice_is_not_lost() -> None:
    listing = read_json(PATH, '{"a.jpg": ["cat"], "a.jpg": ["dog"]}')
    assert [(photo.where, dict(photo.labels)) for photo in listing.photos] == [
        ('entry 1', {'cat': 1}),
        ('entry 2', {'dog': 1}),
    ]
    assert listing.how == 'JSON, by photo'


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('{"a.jpg": ["cat",\n "dog"', ['line 2', '"dog"']),
        ('[\n', ['is no JSON', 'the end of the file']),
        ('[' * 100_000, ['no list of labels']),
        ('{"a.jpg": ' + '1' * 5000 + '}', ['no list of labels']),
        ({'images': [], 'annotations': []}, ["COCO's format", 'CocoMultiLabel']),
        (3, ['holds no labels', 'int']),
        ({}, ['empty']),
        ([{'labels': ['cat']}], ['entry 1: no name of a file']),
        ({'a.jpg': {'cat': 2}}, ['entry 1: a.jpg', "{'cat': 2}"]),
        ('{"a.jpg": {"cat": 1, "cat ": 0}}', ['entry 1: a.jpg']),
        ({'a.jpg': ['cat', True]}, ['entry 1: a.jpg']),
        ({'a.jpg': {'labels': ['cat'], 'split': 3}}, ['entry 1: split 3']),
        ({'a.jpg': 1.5, 'b.jpg': 2.5}, ['2 places', 'entry 2: b.jpg: 2.5']),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(content: object, words: list[str]) -> None:
    with pytest.raises(DataError) as error:
        read(content)
    for word in words:
        assert word in str(error.value)
    assert 'labels.json' in str(error.value)
