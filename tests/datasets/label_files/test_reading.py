from __future__ import annotations

from pathlib import Path

import pytest
from photo_toys import make_photos

from mlkd.datasets.label_files.photo_index import PhotoIndex
from mlkd.datasets.label_files.reading import read_listing, read_text
from mlkd.errors import DataError

CSV = 'file,labels\nä.jpg,möwe\n'


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_encodings_that_say_what_they_are(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / 'labels.csv'
    path.write_bytes(CSV.encode(encoding))
    assert read_text(path) == CSV


@pytest.mark.parametrize('name', ['labels.json', 'labels.txt'])
def test_json_is_known_by_its_ending_or_its_first_sign(tmp_path: Path, name: str) -> None:
    make_photos(tmp_path, ['a.jpg'])
    (tmp_path / name).write_text(' {"a.jpg": ["cat"]}')
    assert dict(read_listing(tmp_path / name, PhotoIndex(tmp_path)).photos[0].labels) == {'cat': 1}


def test_anything_else_has_columns(tmp_path: Path) -> None:
    make_photos(tmp_path, ['a.jpg'])
    (tmp_path / 'labels.txt').write_text('a.jpg\tcat\n')
    listing = read_listing(tmp_path / 'labels.txt', PhotoIndex(tmp_path))
    assert [(photo.name, dict(photo.labels)) for photo in listing.photos] == [('a.jpg', {'cat': 1})]


@pytest.mark.parametrize('mark', [b'', b'\xef\xbb\xbf'])
def test_another_encoding_is_said_with_line_and_byte(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / 'labels.csv'
    path.write_bytes(mark + b'file,labels\na.jpg,cat\n' + 'ä.jpg,dog\n'.encode('cp1252'))
    with pytest.raises(DataError, match='not in UTF-8') as error:
        read_text(path)
    assert error.value.where == f'{path}, line 3'
    # The first byte of that line, whether or not a mark stands in front of all.
    assert error.value.found == "byte 0xe4 in 'ä.jpg,dog'"


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (b'PK\x03\x04rest', 'workbook'),
        (b'\xd0\xcf\x11\xe0rest', 'workbook'),
        (b'file,labels\na\0b', 'line 2'),
        (b' \n\n', 'is empty'),
        (b'', 'is empty'),
        (b'\xff\xfea', 'not in UTF-8'),
    ],
)
def test_what_is_no_text(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / 'labels.csv'
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_text(path)


def test_a_missing_file_says_what_is_near(tmp_path: Path) -> None:
    (tmp_path / 'labels.csv').write_text(CSV)
    with pytest.raises(DataError, match=r'did you mean labels\.csv'):
        read_text(tmp_path / 'label.csv')
    with pytest.raises(DataError, match='check the path'):
        read_text(tmp_path / 'nowhere' / 'label.csv')
    with pytest.raises(DataError, match='cannot be read'):
        read_text(tmp_path)
