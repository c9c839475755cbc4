"""What generators need of OpenCV."""

from __future__ import annotations

import cv2
import numpy as np

from mlkd.errors import ConfigError


def require_ximgproc(method: str) -> None:
    """Raise unless OpenCV was built with its contributed modules.

    Args:
        method: What is missing otherwise, for the message.

    Raises:
        ConfigError: If there is no ``cv2.ximgproc``.
    """
    if not hasattr(cv2, 'ximgproc'):
        raise ConfigError(
            f'This build of OpenCV has no {method}.',
            found=f'OpenCV {cv2.__version__} without cv2.ximgproc',
            fix='pip uninstall the opencv packages, then pip install opencv-contrib-python-headless',
        )


def shrink(image: np.ndarray, short_side: int, long_side: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """An image no larger than asked for; never enlarged.

    Args:
        image: uint8 (H, W, 3).
        short_side: Its shorter side becomes so many pixels at most.
        long_side: And its longer side so many.

    Returns:
        The image, and (4,) by which xyxy boxes in it are multiplied to be in pixels of the one given.
    """
    height, width = image.shape[:2]
    scale = min(1.0, short_side / min(height, width), (long_side or np.inf) / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small), np.tile([width / size[0], height / size[1]], 2)
