"""Images with the boxes of their annotation."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from mlkd.errors import MLKDError
from mlkd.visualization import AnnotatedImage, dataset_sheet, small_png

CLASSES = ('cat', 'dog', 'cow')


def item(**changes: object) -> AnnotatedImage:
    settings = {
        'image': np.zeros((20, 30, 3), np.uint8),
        'labels': [0, 2],
        'boxes': np.array([[1, 2, 11, 8], [3, 4, 9, 19]], np.float32),
        'box_classes': [2, 0],
        'difficult': [False, True],
    }
    return AnnotatedImage(**{**settings, **changes})  # type: ignore[arg-type]


def test_boxes_lie_around_their_pixels_and_labels_below() -> None:
    axes = dataset_sheet([item()], CLASSES).axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    corners = {(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in boxes}
    # Pixel 1 reaches from 0.5 to 1.5 in the coordinates of the axes.
    assert corners == {(0.5, 1.5, 10.0, 6.0), (2.5, 3.5, 6.0, 15.0)}
    assert [patch.get_linestyle() for patch in boxes] == ['-', '-', '-', ':']
    assert [text.get_text() for text in axes.texts] == ['■ cat', '■ cow']


def test_an_image_without_labels() -> None:
    axes = dataset_sheet([item(labels=[], boxes=np.zeros((0, 4)), box_classes=[], difficult=[])], CLASSES).axes[0]
    assert [text.get_text() for text in axes.texts] == ['no label']


def test_colours_are_few() -> None:
    picture = Image.open(io.BytesIO(small_png(dataset_sheet([item()] * 5, CLASSES), dpi=50, colours=20)))
    # Versions of Matplotlib round half a pixel up or down.
    assert picture.width == 400
    assert picture.height in (229, 230)
    assert picture.convert('RGB').getcolors(20) is not None


def test_no_image() -> None:
    with pytest.raises(MLKDError, match='no image'):
        dataset_sheet([], CLASSES)
