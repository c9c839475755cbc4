"""Where images come from."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from odd_images import write_broken, write_good
from PIL import Image

from mlkd.errors import DataError
from mlkd.proposals import DatasetReader, FileReader, folder_images, listed_images


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


def _list(folder: Path, content: str | bytes, name: str = 'list.txt') -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_list_gives_images_in_its_order_each_once(folder: Path) -> None:
    text = '\ufeff# my photos\r\nb/c/3.png\r\n\r\n  a 1.PNG  \n   # no more of b\nb/../b/c/3.png\n./b/2.png'
    keys, read = listed_images(_list(folder, text))
    assert keys == ['b/c/3.png', 'a 1.PNG', 'b/2.png']
    assert [read(index)[1, 0, 0] for index in range(3)] == [3, 1, 2]


def test_list_relative_to_another_folder_and_absolute_paths(folder: Path, tmp_path: Path) -> None:
    (tmp_path / 'lists').mkdir()
    path = _list(tmp_path / 'lists', f'2.png\n{folder}/b/c/3.png\n')
    keys, read = listed_images(path, folder / 'b')
    assert keys == ['2.png', 'c/3.png']
    assert read(1)[1, 0, 0] == 3


def test_list_of_windows(folder: Path) -> None:
    """Ends of lines and of folders, and the mark at its beginning; a name may hold what other ends of lines are."""
    (folder / 'odd\u2028name\x85.png').write_bytes((folder / 'a 1.PNG').read_bytes())
    text = '\ufeffb\\2.png\r\n# b\\9.png\r\n\r\n.\\b\\c\\3.png\r\nodd\u2028name\x85.png\r\n'
    (folder / 'list.txt').write_bytes(text.encode())
    assert listed_images(folder / 'list.txt')[0] == ['b/2.png', 'b/c/3.png', 'odd\u2028name\x85.png']
    # Where a name has a backslash, it is that.
    (folder / 'b\\2.png').write_bytes((folder / 'a 1.PNG').read_bytes())
    assert listed_images(folder / 'list.txt')[0][0] == 'b\\2.png'


def test_list_with_a_name_that_is_not_utf8(folder: Path) -> None:
    name = b'caf\xe9.png'.decode(errors='surrogateescape')
    (folder / 'b/2.png').rename(folder / name)
    assert listed_images(_list(folder, b'caf\xe9.png\n'))[0] == [name]


def test_missing_images_of_a_list_are_named_with_their_lines(folder: Path) -> None:
    text = '# photos\nb/2.png\nb/c/3\nnone.png\n../other.png\n' + 'x' * 300 + '\n'
    with pytest.raises(DataError, match='4 images of the list are not there') as caught:
        listed_images(_list(folder, text))
    for words in (
        'line 3: b/c/3 (did you mean 3.png?)',
        'line 4: none.png',
        'line 5: ../other.png is outside',
        'line 6',
    ):
        assert words in caught.value.found
    assert 'line 2' not in caught.value.found
    assert len(caught.value.found) < 500


def test_wrong_lists(folder: Path) -> None:
    with pytest.raises(DataError, match='cannot be read'):
        listed_images(folder / 'none.txt')
    with pytest.raises(DataError, match='names no image'):
        listed_images(_list(folder, '\n# nothing\n'))
    with pytest.raises(DataError, match='images of the list are not there'):
        listed_images(folder / 'b/2.png')
    with pytest.raises(DataError, match='100 images') as caught:
        listed_images(_list(folder, ''.join(f'{index}.jpg\n' for index in range(100))))
    assert 'and 90 more' in caught.value.found


def test_image_that_disappeared(folder: Path) -> None:
    keys, read = folder_images(folder)
    (folder / keys[1]).unlink()
    assert read(0).shape == (4, 6, 3)
    with pytest.raises(DataError, match='no such image'):
        read(1)


def test_grey_alpha_and_deep_images_are_read_as_bgr(tmp_path: Path) -> None:
    images = {
        'grey.png': np.full((4, 6), 7, np.uint8),
        'alpha.png': np.full((4, 6, 4), 7, np.uint8),
        'deep.png': np.full((4, 6, 3), 7 * 257, np.uint16),
    }
    for name, image in images.items():
        assert cv2.imwrite(str(tmp_path / name), image)
    keys, read = folder_images(tmp_path)
    for index in range(len(keys)):
        assert (read(index).shape, read(index).dtype, read(index).max()) == ((4, 6, 3), np.uint8, 7)


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
