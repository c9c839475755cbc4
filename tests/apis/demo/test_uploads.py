"""What is made of a photo that is sent; over HTTP see test_web_app.py."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from demo_toys import drawn_photo, jpeg, megapixels, turned_jpeg

pytest.importorskip('flask')

from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from mlkd.apis.demo.uploads import Limits, decode_upload

LIMITS = Limits(upload=10**6, pixels=60 * 90)


def test_the_pixels_of_the_file() -> None:
    content = jpeg(drawn_photo())
    wanted = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decode_upload(content, LIMITS), wanted)


def test_upright(tmp_path: Path) -> None:
    found = decode_upload(turned_jpeg(tmp_path / 'turned.jpg', drawn_photo()), LIMITS)
    assert np.abs(found.astype(int) - drawn_photo()).mean() < 5


def test_the_most_pixels_and_one_more() -> None:
    content = jpeg(drawn_photo())
    assert decode_upload(content, LIMITS).shape == (60, 90, 3)
    with pytest.raises(RequestEntityTooLarge, match='90 x 60 pixels'):
        decode_upload(content, Limits(upload=10**6, pixels=60 * 90 - 1))
    with pytest.raises(RequestEntityTooLarge, match='12 megapixels; at most 1 megapixels'):
        decode_upload(megapixels(12), Limits(upload=10**8, pixels=10**6))


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        (b'', 'end of this file is missing'),
        (b'Dear Sir or Madam,', 'no photo that can be read'),
        (jpeg(drawn_photo())[:600], 'end of this file is missing'),
    ],
)
def test_what_is_no_whole_photo_is_told(content: bytes, said: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=said):
        decode_upload(content, LIMITS)
