"""Against the code of the package ``randaugment`` 1.0.2, op by op, and against arithmetic where there is any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from mlkd.datasets.transforms.augment_ops import (
    GEOMETRIC,
    GREY,
    MAGNITUDES,
    SIGNED,
    apply_op,
    inverse_matrix,
    source_matrix,
)

WIDTH, HEIGHT = 53, 40
PIXELS = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) // 2 + 40
IMG = Image.fromarray(PIXELS)


def package_rotate(img: Image.Image, magnitude: float) -> Image.Image:
    rot = img.convert('RGBA').rotate(magnitude)
    return Image.composite(rot, Image.new('RGBA', rot.size, (128,) * 4), rot).convert(img.mode)


def package_affine(*coefficients: Callable, resample: int | None = None) -> Callable:
    def warp(img: Image.Image, m: float) -> Image.Image:
        numbers = tuple(c(img, m) if callable(c) else c for c in coefficients)
        options = {} if resample is None else {'resample': resample}
        return img.transform(img.size, Image.AFFINE, numbers, fillcolor=GREY, **options)

    return warp


def lut(function: Callable) -> Callable:
    return lambda img, m: Image.fromarray(function(np.asarray(img).astype(int), m).astype(np.uint8))


def enhance(kind: type) -> Callable:
    return lambda img, m: kind(img).enhance(1 + m)


REFERENCES: dict[str, Callable] = {
    'invert': lut(lambda x, m: 255 - x),
    'posterize': lut(lambda x, m: x & ~(2 ** (8 - int(m)) - 1)),
    'solarize': lut(lambda x, m: np.where(x < m, x, 255 - x)),
    'autocontrast': lambda img, m: ImageOps.autocontrast(img),
    'equalize': lambda img, m: ImageOps.equalize(img),
    'sharpness': enhance(ImageEnhance.Sharpness),
    'contrast': enhance(ImageEnhance.Contrast),
    'color': enhance(ImageEnhance.Color),
    'brightness': enhance(ImageEnhance.Brightness),
    'rotate': package_rotate,
    'shear_x': package_affine(1, lambda img, m: m, 0, 0, 1, 0, resample=Image.BICUBIC),
    'shear_y': package_affine(1, 0, 0, lambda img, m: m, 1, 0, resample=Image.BICUBIC),
    'translate_x': package_affine(1, 0, lambda img, m: m * img.size[0], 0, 1, 0),
    'translate_y': package_affine(1, 0, 0, 0, 1, lambda img, m: m * img.size[1]),
}


@pytest.mark.parametrize('name', REFERENCES)
def test_each_operation_at_each_level(name: str) -> None:
    for level in range(1, 10):
        for sign in (-1, 1) if name in SIGNED else (1,):
            magnitude = sign * MAGNITUDES[name][level]
            ours, wanted = (np.asarray(op) for op in (apply_op(IMG, name, magnitude), REFERENCES[name](IMG, magnitude)))
            assert np.array_equal(ours, wanted), (name, magnitude)


def test_levels_of_the_package() -> None:
    """Fifteen operations; the first and the last level of each."""
    ends = {name: (round(levels[1], 4), round(levels[9], 4)) for name, levels in MAGNITUDES.items()}
    enhanced = dict.fromkeys(('sharpness', 'contrast', 'color', 'brightness'), (0.1, 0.9))
    still = dict.fromkeys(('invert', 'autocontrast', 'equalize'), (0, 0))
    sheared = dict.fromkeys(('shear_x', 'shear_y'), (0.0333, 0.3))
    moved = dict.fromkeys(('translate_x', 'translate_y'), (0.0504, 0.4532))
    others = {'rotate': (3.3333, 30), 'posterize': (8, 4), 'solarize': (227.5556, 0), 'cutout': (2, 20)}
    assert ends == {**enhanced, **still, **sheared, **moved, **others}
    assert MAGNITUDES['posterize'] == [8, 8, 7, 7, 6, 6, 5, 5, 4, 4]
    assert MAGNITUDES['cutout'] == [0, 2, 4, 7, 9, 11, 13, 16, 18, 20]


def test_hole_has_the_packages_colour_and_size() -> None:
    for level in range(1, 10):
        side = MAGNITUDES['cutout'][level]
        seen = set()
        for seed in range(60):
            np.random.seed(seed)  # noqa: NPY002
            hole = (np.asarray(apply_op(IMG, 'cutout', side)) != PIXELS).any(2)
            rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
            seen.add((rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1))
            assert (np.asarray(apply_op(Image.new('RGB', (9, 9)), 'cutout', 20)) == (125, 122, 113)).all(2).any()
        assert max(seen) == (int(side) // 2 * 2,) * 2


@pytest.mark.parametrize('name', GEOMETRIC)
@pytest.mark.parametrize('sign', [-1, 1])
def test_matrix_says_where_things_go(name: str, sign: int) -> None:
    """The centre of a bright spot, found in the picture, is where the matrix puts it."""
    picture = np.zeros((80, 100, 3), np.uint8)
    picture[30:37, 41:50] = 255
    matrix = source_matrix(name, sign * MAGNITUDES[name][6], (100, 80))
    moved = np.asarray(apply_op(Image.fromarray(picture), name, sign * MAGNITUDES[name][6])) > 200
    y, x = (places.mean() + 0.5 for places in moved[:, :, 0].nonzero())
    wanted = inverse_matrix(matrix) @ [45.5, 33.5, 1]
    assert [x, y] == pytest.approx(wanted, abs=0.8)
    assert np.allclose(inverse_matrix(inverse_matrix(matrix)), matrix)


def test_what_comes_into_the_picture_is_grey() -> None:
    black = Image.new('RGB', (40, 40))
    for name in GEOMETRIC:
        corners = np.asarray(apply_op(black, name, MAGNITUDES[name][9]))[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners == GREY).all(1).any(), name
