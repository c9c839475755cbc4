"""Pictures as the page takes them: in the answer itself, as ``data:`` addresses."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
from PIL import Image

from mlkd.visualization import data_url, jpeg, shrunk

#: Longer side of the photo on the page, in pixels.
PHOTO_SIDE = 1200
_QUALITY = 85
#: Longer side of a heat map; it is smooth, and the page enlarges it.
HEAT_SIDE = 160
#: Share of the photo that the colour of the highest place covers.
_COVER = 0.7


def photo_url(image: np.ndarray) -> str:
    """A photo, made smaller, as a JPEG file in an address.

    Args:
        image: uint8 (H, W, 3), BGR.
    """
    return data_url(jpeg(shrunk(image, PHOTO_SIDE), _QUALITY), 'jpeg')


def heat_url(heat: np.ndarray) -> str:
    """A heat map to lay over a photo as a PNG file in an address: the higher, the redder and the less transparent.

    Args:
        heat: float (h, w) in 0..1.
    """
    levels = np.rint(255 * np.clip(heat, 0, 1)).astype(np.uint8)
    picture = Image.fromarray(levels).convert('P')
    picture.putpalette(_COLOURS[:, :3].tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, format='PNG', transparency=_COLOURS[:, 3].tobytes())
    return data_url(buffer.getvalue(), 'png')


def _colours() -> np.ndarray:
    """Colour and opacity of each level, uint8 (256, 4)."""
    table = matplotlib.colormaps['turbo'](np.arange(256))
    table[:, 3] = _COVER * np.arange(256) / 255
    return np.rint(255 * table).astype(np.uint8)


_COLOURS = _colours()
