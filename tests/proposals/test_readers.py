"""Where images come from."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from odd_images import write_broken, write_good

from mlkd.errors import DataError
from mlkd.proposals import FileReader, folder_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images in two folders, and a file that is none."""
    for name, value in (('b/2.png', 2), ('a 1.PNG', 1), ('b/c/3.png', 3)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        image = np.full((4, 6, 3), value, np.uint8)
        image[0, 0] = (200, 100, 0)
        assert cv2.imwrite(str(tmp_path / name), image)
    (tmp_path / 'b' / 'notes.txt').write_text('no image')
    return tmp_path


def test_folder_gives_relative_keys_and_pixels(folder: Path) -> None:
    keys, read = folder_images(folder)
    assert keys == ['a 1.PNG', 'b/2.png', 'b/c/3.png']
    for index, value in enumerate((1, 2, 3)):
        image = read(index)
        assert (image.shape, image.dtype) == ((4, 6, 3), np.uint8)
        assert (image[1:] == value).all()
        assert image[0, 0].tolist() == [200, 100, 0]  # BGR


def test_reader_can_be_sent_to_a_process(folder: Path) -> None:
    read = FileReader([folder / 'b/2.png'])
    read(0)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(read))(0), read(0))


def test_broken_file(folder: Path) -> None:
    raw = (folder / 'b/2.png').read_bytes()
    (folder / 'b/2.png').write_bytes(raw[: len(raw) // 2])
    _, read = folder_images(folder)
    with pytest.raises(DataError, match=r'2\.png'):
        read(1)


def test_odd_files_are_read_and_broken_ones_named(tmp_path: Path) -> None:
    (tmp_path / 'good').mkdir()
    (tmp_path / 'broken').mkdir()
    good, broken = write_good(tmp_path / 'good'), write_broken(tmp_path / 'broken')
    keys, read = folder_images(tmp_path)
    assert set(keys) == {path.relative_to(tmp_path).as_posix() for path in [*good, *broken]} - {'broken/folder.jpg'}
    for index, key in enumerate(keys):
        path = tmp_path / key
        if path in good:
            assert read(index).shape == good[path].shape
        else:
            with pytest.raises(DataError) as caught:
                read(index)
            assert str(caught.value.where) == str(path)


def test_no_folder_and_no_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such image folder'):
        folder_images(tmp_path / 'none')
    (tmp_path / 'a.txt').write_text('')
    with pytest.raises(DataError, match='no images') as caught:
        folder_images(tmp_path)
    assert '.jpg' in str(caught.value.expected)
