"""Photos of a page: small, as JPEG, with boxes or heat drawn into them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import matplotlib
import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from .figures import PALETTE

#: Share of the picture that the colour of the highest cell of a map covers.
COVER = 0.65
_FONT = 15


@dataclass(frozen=True)
class NamedBox:
    """A box to draw.

    Attributes:
        box: xyxy pixels of the image.
        text: What stands at it.
    """

    box: Sequence[float]
    text: str


def small_size(shape: Sequence[int], side: int) -> tuple[int, int]:
    """Height and width of an image of this shape, made smaller so that no side is longer than ``side``."""
    height, width = shape[:2]
    scale = min(1.0, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """The image with ``side`` pixels on its longer side, or as it is if it has no more."""
    height, width = small_size(image.shape, side)
    if (height, width) == image.shape[:2]:
        return image
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def heat_over(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A class map over an image.

    Args:
        image: uint8 (H, W, 3), BGR.
        heat: float (H, W) in 0..1.

    Returns:
        uint8 (H, W, 3), BGR; where the map is 0 it is the image.
    """
    heat = np.clip(heat, 0, 1)
    colour = matplotlib.colormaps['turbo'](heat)[..., 2::-1] * 255
    cover = COVER * heat[..., None]
    return np.rint((1 - cover) * image + cover * colour).astype(np.uint8)


def with_boxes(image: np.ndarray, boxes: Sequence[NamedBox], objects: np.ndarray, side: int) -> np.ndarray:
    """An image, shrunk or enlarged, with boxes and their names, the first on top.

    Args:
        image: uint8 (H, W, 3), BGR.
        boxes: Each gets a colour of its own, as far as there are colours.
        objects: (g, 4), boxes of the annotation, xyxy pixels: thin and white.
        side: Longer side of the result.

    Returns:
        uint8, BGR.
    """
    sized = shrunk(image, side)
    if max(sized.shape[:2]) < side:
        # Names would hide a tiny image.
        grow = side / max(sized.shape[:2])
        sized = cv2.resize(sized, None, fx=grow, fy=grow, interpolation=cv2.INTER_CUBIC)
    height, width = sized.shape[:2]
    scale = np.array([width / image.shape[1], height / image.shape[0]] * 2)
    picture = Image.fromarray(np.ascontiguousarray(sized[..., ::-1]))
    draw = ImageDraw.Draw(picture)
    for box in np.asarray(objects, np.float64).reshape(-1, 4) * scale:
        for colour, line in (('black', 3), ('white', 1)):
            draw.rectangle(_inside(box, width, height), outline=colour, width=line)
    places = [_inside(np.asarray(one.box, np.float64) * scale, width, height) for one in boxes]
    for number in reversed(range(len(boxes))):
        draw.rectangle(places[number], outline=PALETTE[number % len(PALETTE)], width=3)
    for number in reversed(range(len(boxes))):
        _name(draw, boxes[number].text, places[number], PALETTE[number % len(PALETTE)], width)
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def jpeg(image: np.ndarray, quality: int = 80) -> bytes:
    """An image, uint8 BGR, as the bytes of a JPEG file; the same image gives the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image[..., ::-1])).save(buffer, format='JPEG', quality=quality, optimize=True)
    return buffer.getvalue()


def _inside(box: np.ndarray, width: int, height: int) -> tuple[float, float, float, float]:
    """The box as PIL draws it: both corners inside the picture, the second not before the first."""
    x1, y1, x2, y2 = np.clip(np.asarray(box) - [0, 0, 1, 1], 0, [width - 1, height - 1] * 2).tolist()
    return x1, y1, max(x1, x2), max(y1, y2)


def _name(draw: ImageDraw.ImageDraw, text: str, box: Sequence[float], colour: str, width: int) -> None:
    """The text above the box where there is room, else inside it."""
    font = _font()
    _, _, wide, high = draw.textbbox((0, 0), text, font=font)
    left = max(0.0, min(box[0], width - wide - 4))
    top = box[1] - high - 3 if box[1] > high + 3 else box[1]
    draw.rectangle((left, top, left + wide + 4, top + high + 3), fill=colour)
    draw.text((left + 2, top + 1), text, fill='white', font=font)


@cache
def _font() -> ImageFont.FreeTypeFont:
    # Comes with matplotlib, and has letters that OpenCV's fonts do not.
    return ImageFont.truetype(findfont('DejaVu Sans'), _FONT)
