from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import ClassBoxes, TeacherItem, png, teacher_sheet

CLASSES = ('cat', 'dog', 'cow')


def item(**changes: object) -> TeacherItem:
    two = np.array([[1, 2, 11, 8], [3, 4, 9, 19]], float)
    settings = {
        'image': np.zeros((20, 30, 3), np.uint8),
        'name': 'a.jpg',
        'objects': np.array([[0, 0, 10, 10]], float),
        'detected': [ClassBoxes(1, two, np.array([0.8, 0.3])), ClassBoxes(2, two[:1], np.array([0.6]), present=False)],
        'weighed': [ClassBoxes(1, two, np.array([0.5, 0.25]), share=0.75)],
    }
    return TeacherItem(**{**settings, **changes})  # type: ignore[arg-type]


def test_detections_left_and_weights_right():
    left, right = teacher_sheet([item()], CLASSES).axes
    assert left.get_title(loc='left') == 'a.jpg'
    assert right.get_title(loc='left') == 'dog (75 %)'
    # Two lines for the object, then the classes, the first one and its best box on top.
    corners = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in left.patches]
    assert corners[:2] == [(-0.5, -0.5, 10, 10)] * 2
    assert corners[2:] == [(0.5, 1.5, 10, 6), (2.5, 3.5, 6, 15), (0.5, 1.5, 10, 6)]
    assert [text.get_text() for text in left.texts] == ['cow 0.60', 'dog 0.80']
    assert left.patches[2].get_linestyle() != left.patches[4].get_linestyle() == '-'
    assert left.patches[4].get_edgecolor() == right.patches[1].get_edgecolor()


def test_the_heavier_the_wider():
    light, heavy = teacher_sheet([item()], CLASSES).axes[1].patches
    assert (light.get_linewidth(), heavy.get_linewidth()) == pytest.approx((0.6 + 1.2, 3.0))


def test_nothing_detected_and_nothing_annotated():
    none = ClassBoxes(0, np.zeros((0, 4)), np.zeros(0))
    bare = item(objects=np.zeros((0, 4)), detected=[none], weighed=[none])
    figure = teacher_sheet([bare] * 3, CLASSES)
    assert not any(axes.patches or axes.texts for axes in figure.axes)
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_names_are_no_formulas():
    assert png(teacher_sheet([item(name='a$b{$.jpg')], ('cat', 'd$o{$g', 'cow')), dpi=30).startswith(b'\x89PNG')


def test_no_image():
    with pytest.raises(MLKDError, match='no image'):
        teacher_sheet([], CLASSES)
