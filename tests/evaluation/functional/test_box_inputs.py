from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Detections, Objects
from mlkd.evaluation.functional.box_inputs import check_labels

BOX = [0.0, 0, 4, 4]


def test_images_are_numbered_and_empty_ones_skipped() -> None:
    boxes = Detections.of(
        [[BOX, BOX], [], np.zeros((0, 4), np.float32), [BOX]], [[1, 0], [], [], [2]], [[1, 2], [], [], [3]]
    )
    assert boxes.images.tolist() == [0, 0, 3]
    assert boxes.labels.tolist() == [1, 0, 2]
    assert boxes.groups(3).tolist() == [1, 0, 11]
    assert (boxes.bboxes.dtype, boxes.scores.dtype, len(boxes)) == (np.float64, np.float64, 3)


def test_rank_is_by_class_then_score_then_place() -> None:
    boxes = Detections.of([[BOX] * 3, [BOX] * 2], [[1, 0, 0], [0, 1]], [[0.2, 0.5, 0.7], [0.5, 0.9]])
    assert boxes.ranked().tolist() == [2, 1, 3, 4, 0]


@pytest.mark.parametrize(
    ('arguments', 'message', 'where'),
    [
        (([[BOX], [BOX]], [[0], [0]], [[1.0]]), 'not of as many images', None),
        (([[BOX], [BOX, BOX]], [[0], [0]], [[1.0], [1.0]]), 'do not fit', 'b.jpg'),
        (([[BOX], [[0, 0, 4]]], [[0], [0]], [[1.0], [1.0]]), 'do not fit', 'b.jpg'),
        (([[BOX], [BOX]], [[0], [0]], [[1.0], [np.nan]]), 'not finite', 'b.jpg'),
        (([[BOX], [[0, 0, np.inf, 4]]], [[0], [0]], [[1.0], [1.0]]), 'not finite', 'b.jpg'),
    ],
)
def test_what_does_not_fit_names_the_image(arguments: tuple, message: str, where: str | None) -> None:
    with pytest.raises(MLKDError, match=message) as caught:
        Detections.of(*arguments, names=['a.jpg', 'b.jpg'])
    assert caught.value.where == where


def test_a_class_that_does_not_exist_names_the_image() -> None:
    objects = Objects.of([[BOX], [BOX]], [[0], [3]], [[False], [True]])
    check_labels(objects, 4)
    with pytest.raises(MLKDError, match='does not exist') as caught:
        check_labels(objects, 3, ['a.jpg', 'b.jpg'])
    assert (caught.value.where, caught.value.found) == ('b.jpg', 3)
    with pytest.raises(MLKDError) as caught:
        check_labels(objects, 3)
    assert caught.value.where == 'image number 1'
