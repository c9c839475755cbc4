"""How large images are, from the first bytes of their files."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

#: Tag of the EXIF data that says how an image is turned, and its values for a quarter turn.
_ORIENTATION, _QUARTER = 0x0112, (5, 6, 7, 8)


def size_in_header(path: str | Path) -> tuple[int, int] | None:
    """(height, width) of an image, which is not decoded.

    Args:
        path: The file.

    Returns:
        None if the file is missing, its header is not understood, or its EXIF data ask for a quarter turn: which of
        the two sides is the height then depends on who reads it.
    """
    try:
        with Image.open(path) as image:
            turned = image.getexif().get(_ORIENTATION) in _QUARTER
            width, height = image.size
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return None if turned else (height, width)
