"""Where images come from."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mlkd.errors import DataError
from mlkd.proposals import DatasetReader, FileReader, folder_images


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


def test_no_folder_and_no_images(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such image folder'):
        folder_images(tmp_path / 'none')
    (tmp_path / 'a.txt').write_text('')
    with pytest.raises(DataError, match='no images') as caught:
        folder_images(tmp_path)
    assert '.jpg' in str(caught.value.expected)


def test_size_without_decoding_and_of_what_is_drawn(folder: Path) -> None:
    _, read = folder_images(folder)
    assert [read.size(index) for index in range(3)] == [(4, 6)] * 3
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (30, 20)).save(folder / 'turned.jpg', exif=exif)
    turned = FileReader([folder / 'turned.jpg'])
    assert turned.size(0) == turned(0).shape[:2]
    (folder / 'b/2.png').write_bytes(b'none')
    (folder / 'b/c/3.png').unlink()
    assert read.size(1) is read.size(2) is None
    dataset = [{'img_path': 'drawn', 'render': lambda: np.zeros((7, 9, 3), np.uint8)}]
    drawn = DatasetReader(type('Drawn', (list,), {'get_data_info': list.__getitem__})(dataset))
    assert drawn.size(0) == (7, 9)
