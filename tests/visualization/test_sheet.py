from __future__ import annotations

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_hex

from mlkd.errors import MLKDError
from mlkd.visualization import SheetItem, best_boxes, picture_sheet, png
from mlkd.visualization.figures import MUTED, PALETTE

CLASSES = ('cat', 'dog', 'fork', 'bus', 'sofa', 'train')


def item(**changes) -> SheetItem:
    values = {
        'image': np.zeros((40, 60, 3), np.uint8),
        'boxes': np.array([[10.0, 5.0, 30.0, 25.0]]),
        'box_classes': [1],
        'box_scores': [0.75],
        'scores': np.array([0.1, 0.9, 0.6, 0.4, 0.3, 0.2]),
        'present': frozenset({1, 0}),
    }
    return SheetItem(**{**values, **changes})


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_the_teachers_box_lies_where_it_was_found():
    left = picture_sheet([item()], CLASSES).axes[0]
    outline = left.patches[-1]
    # Pixel centres are at whole numbers, so an image begins at -0.5.
    assert outline.get_bbox().bounds == (9.5, 4.5, 20.0, 20.0)
    assert to_hex(outline.get_edgecolor()) == PALETTE[0].lower()
    assert texts(left) == ['dog 0.75']


def test_the_student_lists_its_best_labels_and_those_it_missed():
    right = picture_sheet([item()], CLASSES, top=4).axes[1]
    assert texts(right) == ['dog', '✓  0.90', 'fork', '✗  0.60', 'bus', '  0.40', 'cat', 'missed  0.10']
    assert [text.get_weight() for text in right.texts[::2]] == ['bold', 'normal', 'normal', 'bold']
    assert [bar.get_width() for bar in right.patches[1::2]] == [0.9, 0.6, 0.4, 0.1]
    assert [to_hex(bar.get_facecolor()) for bar in right.patches[1::2]] == [PALETTE[0].lower(), *[MUTED] * 3]


def test_where_nobody_knows_what_is_there_nothing_is_wrong_or_missed():
    right = picture_sheet([item(present=None)], CLASSES, top=3).axes[1]
    assert texts(right) == ['dog', '✓  0.90', 'fork', '✓  0.60', 'bus', '  0.40']


def test_several_images_fill_a_grid_and_colours_are_those_of_the_image():
    image = np.zeros((40, 60, 3), np.uint8)
    image[:] = (255, 0, 0)  # blue, in BGR
    nothing = {'boxes': np.zeros((0, 4)), 'box_classes': [], 'box_scores': []}
    figure = picture_sheet([item(image=image, **nothing)] * 3, CLASSES)
    assert len(figure.axes) == 8
    decoded = cv2.imdecode(np.frombuffer(png(figure, dpi=50), np.uint8), cv2.IMREAD_COLOR)
    blue = (decoded[..., 0] > 250) & (decoded[..., 1:].max(axis=2) < 5)
    assert blue.mean() > 0.1


def test_no_image_is_an_error():
    with pytest.raises(MLKDError, match='no image'):
        picture_sheet([], CLASSES)


def test_the_best_box_of_each_likely_class_is_chosen():
    boxes = np.arange(20.0).reshape(5, 4)
    classes, scores = np.array([2, 0, 2, 1, 0]), np.array([0.3, 0.1, 0.5, 0.9, 0.2])
    assert best_boxes(boxes, classes, scores, np.array([0.5, 0.05, 0.8])) == [2, 4]
    assert best_boxes(boxes, classes, scores, np.array([0.5, 0.4, 0.8]), most=1) == [2]
    assert best_boxes(boxes, classes, scores, np.array([0.5, 0.4, 0.8])) == [2, 4, 3]


def test_no_detection_gives_no_box():
    assert best_boxes(np.zeros((0, 4)), np.zeros(0), np.zeros(0), np.array([0.5, 0.4])) == []
