"""OpenCV's resizing, to the bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from mlkd.export.photo_resize import opencv_linear

RNG = np.random.default_rng(0)
SIZES = [
    *((1, 1), (1, 57), (99, 1), (2, 3), (32, 48), (64, 96), (64, 48), (31, 96)),
    *((int(h), int(w)) for h, w in RNG.integers(1, 200, (40, 2))),
]


@pytest.mark.parametrize('new', [(32, 48), (77, 13)])
def test_every_pixel_is_opencvs(new: tuple[int, int]) -> None:
    """The same size, exact halves of one and of both sides, and whatever else."""
    for height, width in [*SIZES, new, (2 * new[0], 2 * new[1])]:
        image = RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)
        found = opencv_linear(torch.from_numpy(image)[None], *new)[0].numpy()
        np.testing.assert_array_equal(found, cv2.resize(image, new[::-1]), err_msg=f'{height} x {width}')


def test_extremes_stay_in_range() -> None:
    image = RNG.integers(0, 2, (61, 83, 3), dtype=np.uint8) * 255
    found = opencv_linear(torch.from_numpy(image)[None], 40, 100)[0].numpy()
    np.testing.assert_array_equal(found, cv2.resize(image, (100, 40)))
    assert {found.min(), found.max()} == {0, 255}


def test_images_of_a_batch_are_resized_each() -> None:
    images = RNG.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    found = opencv_linear(torch.from_numpy(images), 16, 16).numpy()
    np.testing.assert_array_equal(found, np.stack([cv2.resize(image, (16, 16)) for image in images]))
