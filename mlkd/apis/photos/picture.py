"""A photo with its labels, and the boxes of a detector, as a picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mlkd.apis.photos.results import PhotoResult
from mlkd.fileio import printable
from mlkd.visualization import SheetItem, picture_sheet, save_png

#: Longer side of a photo in a picture, in pixels; more would not be seen.
_SIDE = 1000
#: Labels that are listed, and how many at most of those that pass.
_LABELS, _MOST = 5, 10
_NOTE = 'Boxes: those that come near the best of their label. Dashed: threshold.'


def save_picture(path: Path, result: PhotoResult, image: np.ndarray, share: float) -> Path:
    """Draw a photo with what was found in it.

    Args:
        path: PNG file to write.
        result: What was found.
        image: The photo, uint8 (H, W, 3) BGR.
        share: Which boxes, see :meth:`~mlkd.apis.photos.results.PhotoResult.shown_boxes`.

    Returns:
        The path.
    """
    scale = min(1.0, _SIDE / max(image.shape[:2]))
    if scale < 1:
        size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    content = result.box_rows()
    rows = [content[row] for row in result.shown_boxes(share)]
    item = SheetItem(
        image=image,
        boxes=np.array([box for _, _, *box in rows]).reshape(-1, 4) * scale,
        box_classes=[result.classes.index(label) for label, *_ in rows],
        box_scores=[score for _, score, *_ in rows],
        scores=result.scores,
        present=None,
    )
    figure = picture_sheet(
        [item],
        result.classes,
        columns=1,
        threshold=result.thresholds.tolist(),
        top=min(max(_LABELS, len(result.passed)), _MOST),
        title=printable(result.photo.name),
        note='Dashed: threshold.' if result.boxes is None else _NOTE,
    )
    return save_png(figure, path)
