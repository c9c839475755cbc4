"""Reading an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.datasets.transforms.boxes import PROPOSALS, map_boxes, rescaled
from mlkd.errors import DataError
from mlkd.registry import TRANSFORMS

_JPEG, _JPEG_END = b'\xff\xd8', b'\xff\xd9'
#: Start of the compressed pixels of a JPEG.
_SCAN = 0xDA


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Read the image of an entry: 8 bits, BGR, turned upright as its EXIF data say.

    Proposals that were stored for another size of the image are brought into its pixels.

    Needs ``img_path``, or ``render`` (a callable that gives the image); adds ``img``, ``img_shape``, ``ori_shape``.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Read the image.

        Raises:
            DataError: If the file is missing, empty, cut short, or not an image.
        """
        render = results.pop('render', None)
        img = read_image(results['img_path']) if render is None else render()
        shape = img.shape[:2]
        results.update(img=img, img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0), flip=False)
        size = results.pop('proposal_size', shape)
        map_boxes(results, lambda boxes: rescaled(boxes, size, shape), (PROPOSALS,))
        return results


def read_image(path: str | Path) -> np.ndarray:
    """Read and decode a file.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        DataError: If the file is missing, empty, cut short, or not an image.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(
            'There is no such image.' if isinstance(error, FileNotFoundError) else 'An image cannot be read.',
            where=path,
            found=error.strerror,
            fix='complete the data, or take it out of the list; tools/data.py check CONFIG finds all such images',
        ) from error
    # Some builds of OpenCV fill what is missing of a JPEG with grey and say nothing.
    cut = not data.size or (data[:2].tobytes() == _JPEG and _is_cut(data))
    img = None if cut else cv2.imdecode(data, cv2.IMREAD_COLOR)
    if img is None:
        raise DataError(
            'An image file is cut short.' if cut else 'An image file cannot be decoded.',
            where=path,
            found=f'{data.size} bytes, ' + ('without their end' if cut else f'beginning with {data[:4].tobytes()!r}'),
            expected='a whole JPEG, PNG, BMP, WebP or TIFF file',
            fix='get the file again, or take it out of the list; tools/data.py check CONFIG finds all such images',
        )
    return img


def _is_cut(data: np.ndarray) -> bool:
    """Whether a JPEG ends before its end marker. What some cameras append to a file does no harm."""
    if data[-2:].tobytes() == _JPEG_END:
        return False
    content, position = data.tobytes(), 2
    # A thumbnail among the header's segments has an end marker of its own: step over the segments.
    while position + 4 <= len(content) and content[position] == 0xFF and content[position + 1] != _SCAN:
        position += 2 + int.from_bytes(content[position + 2 : position + 4], 'big')
    return content.find(_JPEG_END, position) < 0
