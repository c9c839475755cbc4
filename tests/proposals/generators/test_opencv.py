from __future__ import annotations

import cv2
import numpy as np
import pytest

from mlkd.errors import ConfigError
from mlkd.proposals.generators.opencv import require_ximgproc, shrink


def test_a_build_without_contributed_modules_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, 'ximgproc', raising=False)
    with pytest.raises(ConfigError, match=r'(?s)no edge boxes.*opencv-contrib'):
        require_ximgproc('edge boxes')
    monkeypatch.setattr(cv2, 'ximgproc', object(), raising=False)
    require_ximgproc('edge boxes')


@pytest.mark.parametrize(
    ('size', 'sides', 'expected'),
    [
        ((100, 200), (50, None), (50, 100)),
        ((200, 100), (50, None), (100, 50)),
        ((100, 400), (50, 100), (25, 100)),
        ((30, 40), (50, 100), (30, 40)),
        ((30, 1000), (50, 100), (3, 100)),
        ((1, 1000), (50, 100), (1, 100)),
    ],
)
def test_sides_are_no_longer_than_asked_for(size: tuple, sides: tuple, expected: tuple) -> None:
    small, factors = shrink(np.zeros((*size, 3), np.uint8), *sides)
    assert small.shape == (*expected, 3)
    height, width = expected
    # The whole of the small image is the whole of the large one.
    np.testing.assert_allclose(np.array([0, 0, width, height]) * factors, [0, 0, size[1], size[0]])
    assert small.flags['C_CONTIGUOUS']


def test_pixels_are_averaged_and_what_is_small_stays() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[::2, ::2] = 200
    assert (shrink(image, 2)[0] == 50).all()
    np.testing.assert_array_equal(shrink(image, 4)[0], image)
