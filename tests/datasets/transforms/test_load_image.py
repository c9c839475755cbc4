"""Images that can be read, and every way in which a file can be broken."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
from odd_images import LOSSY, tolerance, write_broken, write_good
from PIL import Image, ImageOps

from mlkd.datasets.transforms import LoadImage
from mlkd.datasets.transforms.load_image import read_image
from mlkd.errors import DataError

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8)


def encoded(suffix: str = '.jpg') -> bytes:
    return cv2.imencode(suffix, PIXELS)[1].tobytes()


def test_pixels_are_those_of_opencv(tmp_path: Path) -> None:
    for suffix in ('.png', '.jpg', '.bmp', '.webp'):
        path = tmp_path / f'image{suffix}'
        path.write_bytes(encoded(suffix))
        np.testing.assert_array_equal(read_image(path), cv2.imread(str(path)))
    np.testing.assert_array_equal(read_image(tmp_path / 'image.png'), PIXELS)


def test_files_as_people_have_them(tmp_path: Path) -> None:
    for path, expected in write_good(tmp_path).items():
        found = read_image(path)[..., ::-1]
        assert found.dtype == np.uint8
        assert found.shape == expected.shape, path.name
        assert np.abs(found.astype(int) - expected).max() <= tolerance(path), path.name


def test_broken_files_are_one_error_that_names_the_file(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    for path, said in write_broken(tmp_path).items():
        with pytest.raises(DataError, match=said) as caught:
            read_image(path)
        assert caught.value.where == path
        assert caught.value.fix
    assert capfd.readouterr().err == ''


def test_a_file_that_may_not_be_read() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'a.png'
        path.write_bytes(encoded('.png'))
        path.chmod(0)
        own = os.geteuid()
        try:
            if own == 0:
                os.seteuid(65534)
            with pytest.raises(DataError, match='Permission denied') as caught:
                read_image(path)
        finally:
            os.seteuid(own)
    assert caught.value.where == path


def test_very_wide(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'wide.png'), np.full((3000, 20000), 7, np.uint8))
    image = read_image(tmp_path / 'wide.png')
    assert image.shape == (3000, 20000, 3)
    assert (image[::500, ::500] == 7).all()


@pytest.mark.parametrize('orientation', range(1, 9))
def test_data_sets_read_pixels_as_stored_and_photos_upright(tmp_path: Path, orientation: int) -> None:
    """Pillow, which does not turn an image of itself, is the reference for both."""
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(cv2.GaussianBlur(PIXELS, (7, 7), 3)).save(tmp_path / 'a.jpg', exif=exif, quality=95)
    stored = Image.open(tmp_path / 'a.jpg')
    results = LoadImage()({'img_path': str(tmp_path / 'a.jpg')})
    assert np.abs(results['img'][..., ::-1].astype(int) - np.asarray(stored)).max() <= LOSSY
    results = LoadImage(upright=True)({'img_path': str(tmp_path / 'a.jpg')})
    upright = np.asarray(ImageOps.exif_transpose(stored))
    assert results['img_shape'] == upright.shape[:2]
    assert np.abs(results['img'][..., ::-1].astype(int) - upright).max() <= LOSSY


def test_grey_images_get_three_channels(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'grey.png'), PIXELS[..., 0])
    np.testing.assert_array_equal(read_image(tmp_path / 'grey.png'), np.repeat(PIXELS[..., :1], 3, axis=2))


def test_results(tmp_path: Path) -> None:
    (tmp_path / 'a.png').write_bytes(encoded('.png'))
    results = LoadImage()({'img_path': str(tmp_path / 'a.png'), 'img_key': 'a.png'})
    assert results['img_shape'] == results['ori_shape'] == (40, 60)
    assert results['scale_factor'] == (1.0, 1.0)
    assert not results['flip']


def test_drawn_images_need_no_file() -> None:
    results = LoadImage()({'img_path': 'nowhere', 'render': PIXELS.copy})
    np.testing.assert_array_equal(results['img'], PIXELS)
    assert 'render' not in results


def test_proposals_of_an_image_that_was_not_turned_are_refused(tmp_path: Path) -> None:
    """They are of another place; to stretch them would hide it."""
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(PIXELS).save(tmp_path / 'a.jpg', exif=exif)
    entry = {'proposals': np.array([[0, 0, 60, 40]], np.float32), 'img_path': str(tmp_path / 'a.jpg')}
    stored, turned = {**entry, 'proposal_size': (40, 60)}, {**entry, 'proposal_size': (60, 40)}
    assert LoadImage()(dict(stored))['proposals'].tolist() == [[0, 0, 60, 40]]
    assert LoadImage(upright=True)(dict(turned))['img_shape'] == (60, 40)
    for upright, wrong in ((True, stored), (False, turned)):
        with pytest.raises(DataError, match='image that is turned') as caught:
            LoadImage(upright=upright)(dict(wrong))
        assert caught.value.where == str(tmp_path / 'a.jpg')


def test_proposals_of_another_size_are_brought_into_the_image() -> None:
    entry = {
        'render': PIXELS.copy,
        'proposals': np.array([[67, 84, 336, 672]], np.float32),
        'proposal_size': (672, 672),
    }
    boxes = LoadImage()(entry)['proposals']
    np.testing.assert_allclose(boxes, [[67 * 60 / 672, 84 * 40 / 672, 30, 40]])


@pytest.mark.parametrize('kept', [0.5, 0.9, 0.999])
@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.bmp', '.webp'])
def test_truncated(tmp_path: Path, suffix: str, kept: float) -> None:
    path, whole = tmp_path / f'cut{suffix}', encoded(suffix)
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert caught.value.where == path
    assert 'cut short' in caught.value.what or 'cannot be decoded' in caught.value.what
    assert 'data.py check' in str(caught.value)


def test_truncated_jpeg_with_a_whole_thumbnail(tmp_path: Path) -> None:
    """The thumbnail in the header has an end marker of its own, which must not be taken for that of the image."""
    whole = encoded()
    thumbnail = cv2.imencode('.jpg', PIXELS[:8, :8])[1].tobytes()
    header = b'\xff\xe1' + (len(thumbnail) + 8).to_bytes(2, 'big') + b'Exif\0\0' + thumbnail
    image = whole[:2] + header + whole[2:]
    (tmp_path / 'whole.jpg').write_bytes(image)
    assert read_image(tmp_path / 'whole.jpg').shape == PIXELS.shape
    (tmp_path / 'cut.jpg').write_bytes(image[: -len(whole) // 2])
    with pytest.raises(DataError, match='cut short'):
        read_image(tmp_path / 'cut.jpg')


def test_bytes_after_the_end_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / 'a.jpg').write_bytes(encoded() + b'camera maker' * 20)
    np.testing.assert_array_equal(read_image(tmp_path / 'a.jpg'), cv2.imdecode(np.frombuffer(encoded(), np.uint8), 1))


def test_missing_empty_and_no_image(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no such image'):
        read_image(tmp_path / 'none.jpg')
    (tmp_path / 'empty.jpg').touch()
    with pytest.raises(DataError, match='cut short') as caught:
        read_image(tmp_path / 'empty.jpg')
    assert caught.value.found.startswith('0 bytes')
    (tmp_path / 'page.jpg').write_text('<html>404</html>')
    with pytest.raises(DataError, match='cannot be decoded') as caught:
        read_image(tmp_path / 'page.jpg')
    assert "b'<htm'" in caught.value.found
    with pytest.raises(DataError, match='cannot be read'):
        read_image(tmp_path)
    with pytest.raises(DataError, match='No file can have such a name') as caught:
        read_image(tmp_path / 'a\0.jpg')
    assert r'a\x00.jpg' in caught.value.where
