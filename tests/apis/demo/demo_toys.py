"""Published networks and photos for the tests of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from published_toy import DETECTOR, MODEL, description, network

from mlkd.apis.demo.photo_viewer import PhotoViewer
from mlkd.published import PublishedStudent, load_student, write_student

#: Its logits are not linear in a feature map.
MAPLESS: dict[str, Any] = {**MODEL, 'neck': {'type': 'PooledFC', 'in_channels': 8, 'hidden_channels': 8}}
_WINDOWS = {'type': 'SlidingWindows', 'scales': [1, 0.5], 'ratios': [1], 'stride': 0.5}


def write_toy(folder: Path, model: dict[str, Any] = MODEL, **changes: Any) -> Path:
    """A published file of a network that was never trained."""
    if model is DETECTOR:
        changes = {'proposals': _WINDOWS, **changes}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f'{model["type"]}-{len(list(folder.iterdir()))}.safetensors'
    return write_student(path, network(model).state_dict(), description(model, **changes))


def load_toy(folder: Path, model: dict[str, Any] = MODEL, **changes: Any) -> PublishedStudent:
    return load_student(write_toy(folder, model, **changes), 'cpu')


def toy_viewer(folder: Path, teacher: bool = True, model: dict[str, Any] = MODEL) -> PhotoViewer:
    return PhotoViewer(load_toy(folder, model), load_toy(folder, DETECTOR) if teacher else None)


def drawn_photo(height: int = 60, width: int = 90) -> np.ndarray:
    """Smooth, BGR, with a red disc in its left half."""
    rows, columns = np.mgrid[:height, :width]
    photo = np.stack([40 + 0 * rows, 40 + 60 * rows // height, 60 + 40 * columns // width], axis=-1).astype(np.uint8)
    return cv2.circle(photo, (width // 4, height // 2), height // 4, (30, 30, 230), -1)


def jpeg(photo: np.ndarray, quality: int = 90) -> bytes:
    return cv2.imencode('.jpg', photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def turned_jpeg(path: Path, photo: np.ndarray) -> bytes:
    """The same photo as a camera that was held upright stores it: lying, with a note of how to turn it."""
    exif = Image.Exif()
    exif[274] = 6  # To be turned by a quarter clockwise.
    lying = np.ascontiguousarray(np.rot90(photo))
    Image.fromarray(lying[..., ::-1]).save(path, exif=exif, quality=95)
    return path.read_bytes()


def megapixels(count: int) -> bytes:
    """A photo-like JPEG of so many million pixels, 4 : 3."""
    height = round((count * 1e6 * 3 / 4) ** 0.5)
    small = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8), (5, 5), 0)
    return jpeg(cv2.resize(small, (round(height * 4 / 3), height), interpolation=cv2.INTER_LINEAR), 80)
