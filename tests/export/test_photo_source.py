"""Photos of folders, and drawn ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.errors import DataError
from mlkd.export import PhotoSource


def test_broken_photos_are_left_out_and_listed(tmp_path: Path) -> None:
    (tmp_path / 'sub').mkdir()
    image = np.full((4, 6, 3), 7, np.uint8)
    cv2.imwrite(str(tmp_path / 'b.png'), image)
    cv2.imwrite(str(tmp_path / 'sub' / 'c.png'), image)
    (tmp_path / 'a.jpg').write_text('no image')
    source = PhotoSource.below(tmp_path)
    for _ in range(2):
        found = list(source)
        assert [Path(name).name for name, _ in found] == ['b.png', 'c.png']
        assert all((photo == image).all() for _, photo in found)
        assert list(source.broken) == [tmp_path / 'a.jpg']


def test_a_limit_takes_photos_from_everywhere(tmp_path: Path) -> None:
    for index in range(10):
        cv2.imwrite(str(tmp_path / f'{index}.png'), np.zeros((2, 2, 3), np.uint8))
    assert [path.stem for path in PhotoSource.below(tmp_path, 4).files] == ['0', '3', '6', '9']
    assert len(PhotoSource.below(tmp_path, 40).files) == 10


def test_no_folder_no_photo_and_none_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such file or folder'):
        PhotoSource.below(tmp_path / 'nowhere')
    with pytest.raises(DataError, match='no photo'):
        PhotoSource.below(tmp_path)
    (tmp_path / 'a.jpg').write_text('no image')
    with pytest.raises(DataError, match='None of the photos'):
        list(PhotoSource.below(tmp_path))


def test_drawn_images() -> None:
    names, images = zip(*PhotoSource(drawn=3), strict=True)
    assert len(set(names)) == 3
    assert all(image.dtype == np.uint8 and image.shape[2] == 3 and np.ptp(image) > 50 for image in images)
