"""The size in a file's header is that of the image that is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlkd.datasets.transforms.load_image import read_image
from mlkd.proposals.image_sizes import size_in_header

PIXELS = np.zeros((20, 30, 3), np.uint8)


@pytest.mark.parametrize('suffix', ['jpg', 'png', 'bmp', 'webp', 'tif'])
def test_as_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'image.{suffix}'
    Image.fromarray(PIXELS).save(path)
    assert size_in_header(path) == read_image(path).shape[:2] == (20, 30)


@pytest.mark.parametrize('orientation', range(1, 9))
def test_turned_images_are_as_they_are_stored(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / 'image.jpg'
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(PIXELS).save(path, exif=exif)
    assert size_in_header(path) == read_image(path).shape[:2] == (20, 30)


def test_no_image(tmp_path: Path) -> None:
    (tmp_path / 'text.jpg').write_text('no image')
    assert size_in_header(tmp_path / 'text.jpg') is None
    assert size_in_header(tmp_path / 'none.jpg') is None
