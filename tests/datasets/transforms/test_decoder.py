from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from odd_images import write_broken, write_good
from PIL import Image

from mlkd.datasets.transforms.decoder import declared_size, decode, is_cut
from mlkd.datasets.transforms.load_image import read_image


def read(path: Path) -> np.ndarray:
    return np.fromfile(path, np.uint8)


def test_declared_size_is_what_is_decoded(tmp_path: Path) -> None:
    for path in write_good(tmp_path):
        assert declared_size(read(path)) == Image.open(path).size, path.name


@pytest.mark.parametrize('content', [b'', b'a', b'\xff\xd8', b'\xff\xd8\xff', b'\xff\xd8\xff\xe0\0\0', b'<html>'])
def test_declared_size_of_what_is_no_image(content: bytes) -> None:
    assert declared_size(np.frombuffer(content, np.uint8)) in (None, (0, 0))


def test_padding_between_markers(tmp_path: Path) -> None:
    """A marker may have any number of 0xFF before it."""
    content = cv2.imencode('.jpg', np.zeros((9, 7, 3), np.uint8))[1].tobytes()
    padded = np.frombuffer(content[:2] + b'\xff' * 5 + content[2:] + b'appended', np.uint8)
    assert declared_size(padded) == (7, 9)
    assert not is_cut(padded)
    assert is_cut(padded[:-30])


def test_what_the_decoder_mends_is_told(tmp_path: Path) -> None:
    write_broken(tmp_path)
    image, damage = decode(read(tmp_path / 'damaged.jpg'), upright=False)
    assert image is not None
    assert damage.startswith('Corrupt JPEG data')
    (tmp_path / 'good').mkdir()
    assert all(decode(read(path), upright=False)[1] == '' for path in write_good(tmp_path / 'good'))


def test_error_stream_is_given_back(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    write_broken(tmp_path)
    before = os.fstat(2)
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(lambda _: decode(read(tmp_path / 'damaged.jpg'), upright=False)[1], range(40)))
    assert all(said)
    assert os.path.samestat(before, os.fstat(2))
    os.write(2, b'still here')
    assert capfd.readouterr().err == 'still here'


def test_a_remark_that_does_no_harm_is_passed_on(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """A colour profile that libpng does not like, say; the pixels are right."""
    path = tmp_path / 'a.png'
    Image.fromarray(np.full((4, 4, 3), 9, np.uint8)).save(path, icc_profile=b'no profile')
    assert (read_image(path) == 9).all()
    assert 'iCCP' in capfd.readouterr().err


def in_child(function: Callable[[], object]) -> int:
    """Status of a forked process that calls ``function``; 0 where it returned something true."""
    if (child := os.fork()) == 0:
        status = 1
        try:
            status = 0 if function() else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def test_without_an_error_stream(tmp_path: Path) -> None:
    """A process of a service may have closed it."""
    path = next(iter(write_good(tmp_path)))

    def read_without() -> bool:
        os.close(2)
        return read_image(path).shape == (64, 96, 3)

    assert in_child(read_without) == 0


def test_a_forked_process_hears_its_own_decoder(tmp_path: Path) -> None:
    write_broken(tmp_path)

    def hears() -> bool:
        return all(decode(read(tmp_path / 'damaged.jpg'), upright=False)[1] for _ in range(20))

    assert hears()
    assert in_child(hears) == 0
