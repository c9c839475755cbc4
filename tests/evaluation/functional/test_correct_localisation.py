from __future__ import annotations

import numpy as np
import pytest
import voc_kit
from box_cases import CLASSES, random_case, tables

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Detections, Objects, corloc

A, B, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]
#: From where a box begins to its first pixel, counted from 1.
FIRST = np.array([1, 1, 0, 0])


def by_loops(case: tuple[list[np.ndarray], ...], k: int, with_difficult: bool) -> tuple[int, int]:
    """Images localised and images that contain the class."""
    localised = positives = 0
    for boxes, labels, scores, objects, kinds, hard in zip(*case, strict=True):
        there = [o for o, kind, d in zip(objects, kinds, hard, strict=True) if kind == k and (with_difficult or not d)]
        if not there:
            continue
        positives += 1
        top, best = None, -np.inf
        for box, label, score in zip(boxes, labels, scores, strict=True):
            if label == k and score > best:
                top, best = box, score
        if top is not None and any((voc_kit.overlap(top + FIRST, o + FIRST) or 0) >= 0.5 for o in there):
            localised += 1
    return localised, positives


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('with_difficult', [False, True])
def test_equal_to_loops(seed: int, with_difficult: bool) -> None:
    case = random_case(seed)
    measured = corloc(*tables(case), CLASSES, with_difficult=with_difficult)
    for k in range(CLASSES):
        localised, positives = by_loops(case, k, with_difficult)
        assert (measured.localised[k], measured.positives[k]) == (localised, positives)
        if positives:
            assert measured.share[k] == localised / positives
    assert measured.left_out == [CLASSES - 1]
    assert np.isnan(measured.share[-1])
    assert measured.localised.sum() > 3


def test_the_best_box_decides_and_any_object_will_do() -> None:
    objects = Objects.of([[A, B]], [[0, 0]], [[False, False]])
    assert corloc(Detections.of([[FAR, B]], [[0, 0]], [[0.8, 0.9]]), objects, 1).share.tolist() == [1]
    assert corloc(Detections.of([[FAR, B]], [[0, 0]], [[0.9, 0.8]]), objects, 1).share.tolist() == [0]
    # Of equal scores the first; half an overlap is enough.
    assert corloc(Detections.of([[FAR, B]], [[0, 0]], [[0.5, 0.5]]), objects, 1).share.tolist() == [0]
    assert corloc(Detections.of([[[0, 0, 10, 5]]], [[0]], [[0.5]]), objects, 1).share.tolist() == [1]


def test_images_without_a_box_of_the_class_are_not_localised() -> None:
    objects = Objects.of([[A], [A], []], [[0], [0], []], [[False], [False], []])
    found = Detections.of([[A], [A], [A]], [[0], [1], [0]], [[0.5], [0.5], [0.5]])
    measured = corloc(found, objects, 2)
    assert (measured.localised.tolist(), measured.positives.tolist()) == ([1, 0], [2, 0])
    nothing = corloc(Detections.of([[], [], []], [[], [], []], [[], [], []]), objects, 2)
    assert nothing.share[0] == 0
    assert np.isnan(nothing.share[1])


def test_difficult_objects_are_not_there_or_like_others() -> None:
    objects = Objects.of([[A], [A, B]], [[0], [0, 0]], [[True], [False, True]])
    found = Detections.of([[A], [B]], [[0], [0]], [[0.5], [0.5]])
    assert corloc(found, objects, 1).share.tolist() == [0]
    assert corloc(found, objects, 1).positives.tolist() == [1]
    assert corloc(found, objects, 1, with_difficult=True).share.tolist() == [1]


def test_what_is_wrong_is_named() -> None:
    objects, found = Objects.of([[A]], [[0]], [[False]]), Detections.of([[A]], [[4]], [[0.5]])
    with pytest.raises(MLKDError, match='class that does not exist'):
        corloc(found, objects, 2)
    with pytest.raises(MLKDError, match='out of its range'):
        corloc(found, objects, 5, iou_thr=1.5)
