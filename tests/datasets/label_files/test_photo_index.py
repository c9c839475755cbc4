from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from photo_toys import make_photos

from mlkd.datasets.label_files import PhotoIndex


def test_names_in_many_spellings(tmp_path: Path) -> None:
    index = PhotoIndex(make_photos(tmp_path, ['x/a.jpg', 'y/a.jpg', 'y/IMG.0012.PNG', '000042.jpg', 'z/ü.jpg']))
    assert index.find('x/a.jpg') == index.find('./x\\a') == index.find(str(tmp_path / 'x' / 'a.jpg')) == ['x/a.jpg']
    assert index.find('a') == ['x/a.jpg', 'y/a.jpg']
    assert index.find('img.0012.png') == index.find('IMG.0012') == ['y/IMG.0012.PNG']
    # Spreadsheets take zeros in front away.
    assert index.find('42') == ['000042.jpg']
    assert index.find(unicodedata.normalize('NFD', 'Ü.jpg')) == ['z/ü.jpg']
    assert index.find('x/img.0012.png') == index.find('') == index.find('b') == []


def test_what_holds_a_name_is_no_number_by_chance(tmp_path: Path) -> None:
    index = PhotoIndex(make_photos(tmp_path, ['000001.jpg', '7.jpg']))
    assert [index.holds(cell) for cell in ('1', '7', '000001', 'cat')] == [False, True, True, False]


def test_hidden_files_do_not_count(tmp_path: Path) -> None:
    make_photos(tmp_path, ['a.jpg', '.trash/b.jpg', '._a.jpg'])
    assert PhotoIndex(tmp_path).keys == ['a.jpg']


@pytest.mark.parametrize(('name', 'clause'), [('b.jpg', 'did you mean a.jpg?'), ('notes.txt', 'ending'), ('\0', '')])
def test_why_a_name_leads_nowhere(tmp_path: Path, name: str, clause: str) -> None:
    make_photos(tmp_path, ['a.jpg'])
    (tmp_path / 'notes.txt').write_text('')
    assert clause in PhotoIndex(tmp_path).missing(name)
