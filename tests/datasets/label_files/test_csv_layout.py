from __future__ import annotations

import pytest

from mlkd.datasets.label_files.csv_layout import find_columns, find_delimiter
from mlkd.datasets.label_files.photo_index import looks_like_photo


@pytest.mark.parametrize(
    ('text', 'delimiter'),
    [
        ('a.jpg,cat;dog\nb.jpg,cat;emu\n', ','),
        ('a.jpg;cat,dog\nb.jpg;cat,emu\n', ';'),
        ('a, b.jpg\tcat\nc, d.jpg\tdog\n', '\t'),
        ('a.jpg|cat;dog\nb.jpg|cat,emu\n', '|'),
        ('a.jpg cat dog\nb.jpg cat\n', ' '),
        ('my photo.jpg,cat\nb.jpg,dog\n', ','),
        ('"a;b.jpg","x, y"\n"c.jpg","x"\n', ','),
    ],
)
def test_what_separates_columns(text: str, delimiter: str) -> None:
    assert find_delimiter(text, looks_like_photo) == delimiter


@pytest.mark.parametrize(
    ('rows', 'expected'),
    [
        ('file,labels|a.jpg,cat', (True, 0, None, (1,), 'names')),
        ('a.jpg,cat|b.jpg,dog', (False, 0, None, (1,), 'names')),
        ('labels,split,image|cat,val,a.jpg|dog,train,b.jpg', (True, 2, 1, (0,), 'names')),
        ('cat,a.jpg,train|dog,b.jpg,test', (False, 1, 2, (0,), 'names')),
        ('Bild,Hund,Katze|a.jpg,1,0|b.jpg,?,1', (True, 0, None, (1, 2), 'table')),
        ('file,cat,set|a.jpg,1,0|b.jpg,0,1', (True, 0, None, (1, 2), 'table')),
        ('file,label|a.jpg,1|b.jpg,0', (True, 0, None, (1,), 'names')),
        ('file,cat|a.jpg,1|b.jpg,0', (True, 0, None, (1,), 'table')),
        ('id,file,cat,dog|1,a.jpg,1,0|2,b.jpg,0,1', (True, 1, None, (2, 3), 'table')),
        ('a.jpg,1,0|b.jpg,0,1', (False, 0, None, (1, 2), 'table')),
        ('file,labels,width|a.jpg,cat,640|b.jpg,dog,480', (True, 0, None, (1,), 'names')),
    ],
)
def test_which_column_is_what(rows: str, expected: tuple) -> None:
    found = find_columns([row.split(',') for row in rows.split('|')], looks_like_photo)
    assert (found.head is not None, found.file, found.split, tuple(found.labels), found.form) == expected


def test_a_first_row_that_leads_nowhere_is_no_head() -> None:
    """Of a name without ending that is not there, a misspelt one, nothing is lost."""
    rows = [['img7', 'cat'], ['img1', 'cat'], ['img2', 'dog']]
    assert find_columns(rows, lambda cell: cell in ('img1', 'img2')).head is None
    assert find_columns([['Foto', 'Worte'], *rows[1:]], lambda cell: cell in ('img1', 'img2')).head == ['Foto', 'Worte']
