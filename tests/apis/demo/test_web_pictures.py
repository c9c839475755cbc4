from __future__ import annotations

import io
from base64 import b64decode

import cv2
import matplotlib
import numpy as np
import pytest
from demo_toys import drawn_photo
from PIL import Image

from mlkd.apis.demo.web_pictures import PHOTO_SIDE, heat_url, photo_url
from mlkd.visualization import small_size


def opened(url: str) -> Image.Image:
    head, _, content = url.partition(';base64,')
    image = Image.open(io.BytesIO(b64decode(content, validate=True)))
    assert head == f'data:image/{image.format.lower()}'
    return image


@pytest.mark.parametrize(
    ('shape', 'small'), [((60, 90, 3), (60, 90)), ((400, 200), (160, 80)), ((1, 9000), (1, 160)), ((9000, 1), (160, 1))]
)
def test_no_side_is_too_long_or_nothing(shape: tuple[int, ...], small: tuple[int, int]) -> None:
    assert small_size(shape, 160) == small


def test_a_photo_keeps_its_colours_and_shape() -> None:
    photo = drawn_photo()
    shown = np.asarray(opened(photo_url(photo)))[..., ::-1]
    assert shown.shape == photo.shape
    assert np.abs(shown.astype(int) - photo).mean() < 4
    large = cv2.resize(photo, (3000, 2000))
    assert opened(photo_url(large)).size == (PHOTO_SIDE, PHOTO_SIDE * 2 // 3)


def test_heat_is_the_colour_map_and_hides_less_where_it_is_low() -> None:
    heat = np.array([[0.0, 0.25], [0.5, 1.0]])
    shown = np.asarray(opened(heat_url(heat)).convert('RGBA')).astype(int)
    wanted = 255 * matplotlib.colormaps['turbo'](heat)[..., :3]
    assert np.abs(shown[..., :3] - wanted).max() <= 2
    opacity = shown[..., 3]
    assert opacity[0, 0] == 0
    assert opacity[0, 0] < opacity[0, 1] < opacity[1, 0] < opacity[1, 1] < 255
