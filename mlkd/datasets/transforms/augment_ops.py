"""The fifteen operations of RandAugment, as the package ``randaugment`` 1.0.2 has them.

Pillow computes them, as it does there; images are RGB.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

#: Fill of what comes into the picture.
GREY = (128, 128, 128)
#: Fill of a hole.
_HOLE = (125, 122, 113)
#: Levels 0 to 9 of each operation; RandAugment draws 1 to 9.
MAGNITUDES: dict[str, list[float]] = {
    'invert': [0.0] * 10,
    'cutout': np.round(np.linspace(0, 20, 10)).tolist(),
    'sharpness': np.linspace(0, 0.9, 10).tolist(),
    'autocontrast': [0.0] * 10,
    'posterize': np.round(np.linspace(8, 4, 10)).tolist(),
    'shear_x': np.linspace(0, 0.3, 10).tolist(),
    'translate_x': np.linspace(0, 150 / 331, 10).tolist(),
    'translate_y': np.linspace(0, 150 / 331, 10).tolist(),
    'shear_y': np.linspace(0, 0.3, 10).tolist(),
    'rotate': np.linspace(0, 30, 10).tolist(),
    'equalize': [0.0] * 10,
    'contrast': np.linspace(0, 0.9, 10).tolist(),
    'color': np.linspace(0, 0.9, 10).tolist(),
    'solarize': np.linspace(256, 0, 10).tolist(),
    'brightness': np.linspace(0, 0.9, 10).tolist(),
}
#: Those that may go either way.
SIGNED = ('sharpness', 'shear_x', 'translate_x', 'translate_y', 'shear_y', 'contrast', 'color', 'brightness')
#: Those that move what is in the picture.
GEOMETRIC = ('shear_x', 'shear_y', 'translate_x', 'translate_y', 'rotate')


def apply_op(img: Image.Image, name: str, magnitude: float) -> Image.Image:
    """One operation.

    Args:
        img: RGB.
        name: Of :data:`MAGNITUDES`.
        magnitude: Signed.

    Returns:
        RGB, of the same size.
    """
    if name in GEOMETRIC:
        resample = Image.Resampling.BICUBIC if name.startswith('shear') else Image.Resampling.NEAREST
        if name == 'rotate':
            return img.rotate(magnitude, resample, fillcolor=GREY)
        inverse = source_matrix(name, magnitude, img.size).flatten().tolist()
        return img.transform(img.size, Image.Transform.AFFINE, inverse, resample, fillcolor=GREY)
    return _PIXELS[name](img, magnitude)


def source_matrix(name: str, magnitude: float, size: tuple[int, int]) -> np.ndarray:
    """Where each place of the new picture comes from.

    Args:
        name: Of :data:`GEOMETRIC`.
        magnitude: Signed; degrees counter-clockwise, a slope, or a share of the side.
        size: (width, height).

    Returns:
        (2, 3), from coordinates after to those before.
    """
    width, height = size
    matrix = np.eye(2, 3)
    if name == 'rotate':
        angle = math.radians(magnitude)
        matrix[:, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        centre = np.array([width / 2, height / 2])
        matrix[:, 2] = centre - matrix[:, :2] @ centre
    elif name == 'shear_x':
        matrix[0, 1] = magnitude
    elif name == 'shear_y':
        matrix[1, 0] = magnitude
    elif name == 'translate_x':
        matrix[0, 2] = magnitude * width
    else:
        matrix[1, 2] = magnitude * height
    return matrix


def inverse_matrix(matrix: np.ndarray) -> np.ndarray:
    """The affine map (2, 3) that undoes another one."""
    return np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]


def _hole(img: Image.Image, side: float) -> Image.Image:
    """A square hole around a pixel drawn uniformly, cut off at the border."""
    half = int(side) // 2
    x, y = (np.random.randint(length) for length in img.size)  # noqa: NPY002 - the data set seeds this generator
    img = img.copy()
    img.paste(_HOLE, (max(x - half, 0), max(y - half, 0), min(x + half, img.width), min(y + half, img.height)))
    return img


_PIXELS: dict[str, Callable[[Image.Image, float], Image.Image]] = {
    'invert': lambda img, _: ImageOps.invert(img),
    'cutout': _hole,
    'sharpness': lambda img, factor: ImageEnhance.Sharpness(img).enhance(1 + factor),
    'autocontrast': lambda img, _: ImageOps.autocontrast(img),
    'posterize': lambda img, bits: ImageOps.posterize(img, int(bits)),
    'equalize': lambda img, _: ImageOps.equalize(img),
    'contrast': lambda img, factor: ImageEnhance.Contrast(img).enhance(1 + factor),
    'color': lambda img, factor: ImageEnhance.Color(img).enhance(1 + factor),
    'solarize': lambda img, threshold: ImageOps.solarize(img, threshold),  # type: ignore[arg-type]
    'brightness': lambda img, factor: ImageEnhance.Brightness(img).enhance(1 + factor),
}
