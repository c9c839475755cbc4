"""Reading an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.datasets.transforms.boxes import PROPOSALS, map_boxes, rescaled
from mlkd.datasets.transforms.decoder import declared_size, decode, is_cut
from mlkd.errors import DataError
from mlkd.registry import TRANSFORMS

#: More than any camera has, and 800 MB as they are read: a small file may declare any number.
MAX_PIXELS = 1 << 28
_KINDS = 'a whole JPEG, PNG, BMP, WebP, TIFF or GIF file'
_FIX = 'get the file again, or take it out of the list; tools/data.py check CONFIG finds all such images'


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Read the image of an entry: 8 bits, BGR, transparency left out, of an animation the first picture.

    Proposals that were stored for another size of the image are brought into its pixels.

    Needs ``img_path``, or ``render`` (a callable that gives the image); adds ``img``, ``img_shape``, ``ori_shape``.

    Args:
        upright: Whether to turn the image as its EXIF data say. Boxes of VOC and COCO, and stores of proposals, are in
            the pixels as they are stored, so data sets do not; photos that come without boxes are to be seen upright.
            So is an entry that says so itself, ``upright=True``.
    """

    def __init__(self, upright: bool = False) -> None:
        self.upright = upright

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Read the image.

        Raises:
            DataError: If the file is missing, empty, cut short, damaged, too large, or not an image, or proposals are
                those of the image before or after it is turned.
        """
        render = results.pop('render', None)
        upright = results.pop('upright', False) or self.upright
        img = read_image(results['img_path'], upright) if render is None else render()
        shape = img.shape[:2]
        results.update(img=img, img_shape=shape, ori_shape=shape, scale_factor=(1.0, 1.0), flip=False)
        size = tuple(results.pop('proposal_size', shape))
        if size == shape[::-1] != shape:
            raise DataError(
                'Proposals are those of an image that is turned.',
                where=results.get('img_path'),
                found=f'proposals for {size[1]} x {size[0]}',
                expected=f'{shape[1]} x {shape[0]} (width x height), as the image is read here',
                fix='a folder or list of images is read as they are stored, photos of a config as their EXIF data say: '
                'make the proposals of the config, mlkd proposals generate CONFIG',
            )
        map_boxes(results, lambda boxes: rescaled(boxes, size, shape), (PROPOSALS,))
        return results


def read_image(path: str | Path, upright: bool = False) -> np.ndarray:
    """Read and decode a file.

    Args:
        path: The file.
        upright: Whether to turn the image as its EXIF data say.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        DataError: If the file is missing, empty, cut short, damaged, too large, or not an image.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except ValueError as error:  # A zero byte.
        fix = 'mend the list or annotation that names it'
        raise DataError('No file can have such a name.', where=repr(str(path)), found=error, fix=fix) from error
    except OSError as error:
        raise DataError(
            'There is no such image.' if isinstance(error, FileNotFoundError) else 'An image cannot be read.',
            where=path,
            found=error.strerror,
            fix='complete the data, or take it out of the list; tools/data.py check CONFIG finds all such images',
        ) from error
    return image_of(data, path, upright)


def image_of(data: np.ndarray, where: object = None, upright: bool = False, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode the content of a file.

    Args:
        data: uint8 (n,).
        where: The file, for messages.
        upright: Whether to turn the image as its EXIF data say.
        max_pixels: What declares more is not decoded.

    Returns:
        uint8 (H, W, 3), BGR.

    Raises:
        DataError: If it is empty, cut short, damaged, too large, or not an image.
    """
    if is_cut(data):
        found = f'{data.size} bytes, without their end'
        raise DataError('An image file is cut short.', where=where, found=found, expected=_KINDS, fix=_FIX)
    width, height = declared_size(data) or (0, 0)
    if width * height > max_pixels:
        raise DataError(
            'An image file declares more pixels than are read.',
            where=where,
            found=f'{width} x {height} in {data.size} bytes',
            expected=f'at most {max_pixels:,} pixels',
            fix='if it is what it should be, save it smaller; else take it out of the list',
        )
    img, damage = decode(data, upright)
    if img is None:
        found = f'{data.size} bytes, beginning with {data[:4].tobytes()!r}'
        raise DataError('An image file cannot be decoded.', where=where, found=found, expected=_KINDS, fix=_FIX)
    if damage:
        raise DataError('An image file is damaged.', where=where, found=damage, expected=_KINDS, fix=_FIX)
    return img
