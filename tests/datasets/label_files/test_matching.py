from __future__ import annotations

from pathlib import Path

import numpy as np
from photo_toys import make_photos

from mlkd.datasets.label_files import ListedPhoto, Listing, PhotoIndex, match


def rows(*said: tuple[str, dict[str, int], int | None]) -> Listing:
    photos = [ListedPhoto(name, f'line {i}', labels, others) for i, (name, labels, others) in enumerate(said, 1)]
    return Listing(Path('labels.csv'), photos, '')


def test_what_one_row_knows_and_another_does_not_is_known(tmp_path: Path) -> None:
    index = PhotoIndex(make_photos(tmp_path, ['a.jpg', 'b.jpg']))
    found = match(
        rows(('a', {'cat': -1, 'dog': 1}, None), ('a', {'cat': 0, 'dog': 1}, None), ('b', {'cat': 1}, None)), index
    )
    assert found.vectors(['cat', 'dog']).tolist() == [[0, 1], [1, -1]]
    assert found.vectors(['dog']).dtype == np.int8


def test_rows_of_one_label_add_up(tmp_path: Path) -> None:
    index = PhotoIndex(make_photos(tmp_path, ['a.jpg', 'b.jpg', 'c.jpg']))
    found = match(rows(('a', {'cat': 1}, 0), ('a.jpg', {'dog': 1}, 0), ('b', {'dog': 1}, 0), ('b', {}, -1)), index)
    assert found.vectors(['cat', 'dog']).tolist() == [[1, 1], [-1, 1]]
    assert found.unlabelled == ['c.jpg']
