"""Photos that are sent to the page: what they may be, and decoding them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from mlkd.datasets.transforms.decoder import declared_size
from mlkd.datasets.transforms.load_image import image_of
from mlkd.errors import MLKDError

from .sizes import size_text

#: Kinds of files that are told to be taken.
KINDS = 'JPEG, PNG, WebP, BMP, TIFF or GIF'
_NO_IMAGE = f'This file is no photo that can be read. It should be a whole file of one of these kinds: {KINDS}.'
_UNREADABLE = {
    'An image file is cut short.': 'The end of this file is missing: it was not copied or sent completely.',
    'An image file is damaged.': 'This file is damaged: parts of the photo cannot be read.',
}


@dataclass(frozen=True)
class Limits:
    """What a photo may be.

    Attributes:
        upload: Bytes of its file.
        pixels: Width times height.
    """

    upload: int
    pixels: int


def decode_upload(content: bytes, limits: Limits) -> np.ndarray:
    """The photo of an upload, turned upright.

    Args:
        content: Its file.
        limits: What it may be; the file's size has been seen to.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        HTTPException: 413 if it has too many pixels, 415 if it is no whole image.
    """
    data = np.frombuffer(content, np.uint8)
    size = declared_size(data)
    if size is not None and size[0] * size[1] > limits.pixels:
        found, most = (
            size_text(pixels, 'P').replace('MP', 'megapixels') for pixels in (size[0] * size[1], limits.pixels)
        )
        raise RequestEntityTooLarge(
            f'The photo has {size[0]} x {size[1]} pixels, {found}; at most {most} are looked at.'
        )
    try:
        return image_of(data, upright=True, max_pixels=limits.pixels)
    except MLKDError as error:
        raise UnsupportedMediaType(_UNREADABLE.get(error.what, _NO_IMAGE)) from error
