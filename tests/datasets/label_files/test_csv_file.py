from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.datasets.label_files.csv_file import read_csv
from mlkd.datasets.label_files.listing import Listing
from mlkd.errors import DataError

PATH = Path('labels.csv')


def read(text: str, classes: tuple[str, ...] = (), separator: str | None = None) -> Listing:
    return read_csv(PATH, text, lambda cell: cell.strip().endswith('.jpg'), classes, separator)


def rows(listing: Listing) -> list[tuple]:
    return [(photo.name, photo.where, dict(photo.labels), photo.others) for photo in listing.photos]


def test_a_column_for_each_label() -> None:
    listing = read('file,cat,dog\na.jpg,1,0\n\nb.jpg,?,\n')
    # Line 3 is empty; an empty cell is left to the whole file, which says 0 somewhere.
    assert rows(listing) == [('a.jpg', 'line 2', {'cat': 1, 'dog': 0}, None), ('b.jpg', 'line 4', {'cat': -1}, None)]
    assert listing.labels == ['cat', 'dog']
    assert listing.unsaid == -1
    assert 'with a head' in listing.how
    assert 'a column for each label' in listing.how


def test_columns_without_a_head_are_named_by_the_classes() -> None:
    text = 'a.jpg,1,0\nb.jpg,0,1\n'
    assert rows(read(text, ('cat', 'dog')))[1] == ('b.jpg', 'line 2', {'cat': 0, 'dog': 1}, None)
    with pytest.raises(DataError, match='columns of labels have no names'):
        read(text, ('cat',))


@pytest.mark.parametrize(
    'text',
    [
        'file,labels\na.jpg,cat;dog\nb.jpg,\n',
        'a.jpg\tcat;dog\nb.jpg\t\n',
        'sep=;\nfile;labels\na.jpg;cat|dog\nb.jpg;\n',
        'file,labels\n"a.jpg","cat,dog"\nb.jpg,\n',
        'file,labels\na.jpg,cat,dog\nb.jpg,\n',
    ],
)
def test_cells_that_name_labels(text: str) -> None:
    photos = read(text).photos
    assert [(photo.name, dict(photo.labels), photo.others) for photo in photos] == [
        ('a.jpg', {'cat': 1, 'dog': 1}, 0),
        ('b.jpg', {}, 0),
    ]


def test_a_separator_that_is_named_is_the_only_one() -> None:
    assert dict(read('file,labels\na.jpg,cat;dog|fox\n', separator='|').photos[0].labels) == {'cat;dog': 1, 'fox': 1}


def test_splits_are_read_and_other_columns_told() -> None:
    listing = read('file,split,labels\na.jpg,Training,cat\nb.jpg,,dog\n')
    assert [photo.split for photo in listing.photos] == ['train', None]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('', ['is empty']),
        ('file,labels\n', ['says no labels', 'only a head']),
        ('a.jpg\nb.jpg\n', ['says no labels', 'one column']),
        ('file,labels\na.jpg,"cat\nb.jpg,dog\n', ['line 2', 'not closed']),
        ('file,labels\na.jpg,' + 'x' * 200_000, ['line 2', 'field larger than']),
        ('file,cat,cat\na.jpg,1,0\n', ['each another', 'cat, cat']),
        ('file,cat,dog\na.jpg,1,0\nb.jpg,1\n', ['line 3: 2 cells', '3 cells in each row']),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, words: list[str]) -> None:
    with pytest.raises(DataError) as error:
        read(text)
    for word in words:
        assert word in str(error.value)
    assert 'labels.csv' in str(error.value)
