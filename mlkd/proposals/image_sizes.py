"""How large images are, from the first bytes of their files."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError


def size_in_header(path: str | Path) -> tuple[int, int] | None:
    """(height, width) of an image as it is stored, whatever its EXIF data say; it is not decoded.

    Args:
        path: The file.

    Returns:
        None if the file is missing or its header is not understood.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return height, width
