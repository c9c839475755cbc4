from __future__ import annotations

from pathlib import Path

import pytest
from photo_toys import make_photos

from mlkd.datasets.label_files import PhotoIndex
from mlkd.datasets.label_files.split_file import read_splits, write_splits
from mlkd.errors import DataError


def test_written_and_read(tmp_path: Path) -> None:
    index = PhotoIndex(make_photos(tmp_path / 'photos', ['a.jpg', 'b.jpg', 'ü.jpg']))
    write_splits(tmp_path / 's.json', {'train': ['ü.jpg', 'a.jpg'], 'val': ['b.jpg']})
    assert read_splits(tmp_path / 's.json', index) == {'a.jpg': 'train', 'ü.jpg': 'train', 'b.jpg': 'val'}
    assert 'ü.jpg' in (tmp_path / 's.json').read_text(encoding='utf-8')


@pytest.mark.parametrize(
    ('text', 'part'),
    [
        ('{"train": ["a.jpg", "c.jpg"]}', 'train: c.jpg is not there (did you mean'),
        ('{"train": ["a.jpg"], "val": ["a"]}', 'a.jpg is in train and in val'),
        ('{"train": ["x"]}', 'train: x may be p/x.jpg or q/x.jpg'),
        ('{"train": "a.jpg"}', 'something else'),
        ('[1]', 'something else'),
        ('{"train": [', 'no JSON'),
        ('', 'empty'),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, part: str) -> None:
    index = PhotoIndex(make_photos(tmp_path / 'photos', ['a.jpg', 'b.jpg', 'p/x.jpg', 'q/x.jpg']))
    (tmp_path / 's.json').write_text(text)
    with pytest.raises(DataError) as caught:
        read_splits(tmp_path / 's.json', index)
    assert part in str(caught.value)
    assert 's.json' in str(caught.value)
