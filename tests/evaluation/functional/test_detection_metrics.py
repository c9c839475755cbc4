"""VOC AP against the kit's own steps in loops, MMDetection and cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import voc_kit
from box_cases import CLASSES, random_case, tables
from mmdet.evaluation.functional import eval_map

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Detections, Objects, detection_metrics


def kit(case: tuple[list[np.ndarray], ...], k: int, least: float = 0.5) -> tuple[float, float, float] | None:
    """AP as area, AP at eleven points and recall of one class; its pixels count from 1 and include the last."""
    shift = np.array([1, 1, 0, 0])
    found = [
        (image, score, tuple(box))
        for image, (boxes, labels, scores) in enumerate(zip(*case[:3], strict=True))
        for box, label, score in zip(boxes + shift, labels, scores, strict=True)
        if label == k
    ]
    there = {
        image: [(tuple(box), bool(d)) for box, lab, d in zip(boxes + shift, labels, hard, strict=True) if lab == k]
        for image, (boxes, labels, hard) in enumerate(zip(*case[3:], strict=True))
    }
    tp, fp, npos = voc_kit.evaluate(found, there, least)
    if not npos:
        return None
    rec, prec = voc_kit.curve(tp, fp, npos)
    return voc_kit.area(rec, prec), voc_kit.eleven_points(rec, prec), rec[-1] if rec else 0.0


@pytest.mark.parametrize('seed', range(12))
@pytest.mark.parametrize('least', [0.5, 0.3, 0.7])
def test_equal_to_the_kit(seed: int, least: float) -> None:
    case = random_case(seed)
    measured = detection_metrics(*tables(case), CLASSES, least)
    for k in range(CLASSES):
        values = measured.average_precision[k], measured.eleven_point[k], measured.recall[k]
        expected = kit(case, k, least)
        if expected is None:
            assert np.isnan(values).all()
        else:
            assert values == pytest.approx(expected, abs=1e-12)
    assert measured.left_out == [CLASSES - 1]


def test_boxes_that_name_pixels_are_a_pixel_wider() -> None:
    case = random_case(3)
    first = np.array([1, 1, 0, 0])
    shifted = [[boxes + first for boxes in case[0]], *case[1:3], [boxes + first for boxes in case[3]]]
    plain = detection_metrics(*tables(case), CLASSES)
    pixels = detection_metrics(*tables((*shifted, *case[4:])), CLASSES, pixel_boxes=True)
    np.testing.assert_array_equal(plain.average_precision, pixels.average_precision)
    one = Detections.of([[[0, 0, 9, 9]]], [[0]], [[1.0]]), Objects.of([[[0, 0, 9, 4]]], [[0]], [[False]])
    assert detection_metrics(*one, 1, pixel_boxes=True).recall.tolist() == [1]
    assert detection_metrics(*one, 1, 0.51, pixel_boxes=True).recall.tolist() == [0]
    assert detection_metrics(*one, 1).recall.tolist() == [0]  # 4 of 9 rows


def single(
    found: list[tuple[float, list[float]]], there: list[tuple[list[float], bool]], least: float = 0.5
) -> tuple[float, float]:
    """AP of one image and class."""
    detections = Detections.of([[box for _, box in found]], [[0] * len(found)], [[score for score, _ in found]])
    objects = Objects.of([[box for box, _ in there]], [[0] * len(there)], [[hard for _, hard in there]])
    measured = detection_metrics(detections, objects, 1, least)
    return measured.average_precision[0], measured.eleven_point[0]


A, B, FAR = [0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]


def test_cases_worked_by_hand() -> None:
    # Right, wrong, right: precision 1, 1/2, 2/3 at recalls 1/2, 1/2, 1.
    area, eleven = single([(0.9, A), (0.8, FAR), (0.7, B)], [(A, False), (B, False)])
    assert area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert eleven == pytest.approx((6 * 1 + 5 * 2 / 3) / 11)
    # The second on an object is wrong, even where another object is free.
    assert single([(0.9, A), (0.8, A), (0.7, B)], [(A, False), (B, False)])[0] == pytest.approx(area)
    # One object of two found: recall ends at 1/2.
    assert single([(0.9, A)], [(A, False), (B, False)]) == pytest.approx((0.5, 6 / 11))
    # Half an overlap is enough; anything less is not.
    assert single([(0.9, [0, 0, 10, 5])], [(A, False)])[0] == 1
    assert single([(0.9, [0, 0, 10, 4.999])], [(A, False)])[0] == 0


def test_difficult_objects_count_neither_way() -> None:
    there = [(A, False), (B, True)]
    assert single([(0.9, B), (0.8, B), (0.7, A)], there) == pytest.approx((1, 1))
    assert single([(0.9, B)], there) == (0, 0)
    # The object that is overlapped most decides, difficult or not; of equals the first in the annotation.
    assert single([(0.9, A)], [(A, True), ([0, 0, 10, 9], False)]) == (0, 0)
    assert single([(0.9, A)], [(A, True), (A, False)]) == (0, 0)
    assert single([(0.9, A)], [(A, False), (A, True)]) == (1, 1)


def test_equal_scores_keep_their_order() -> None:
    there = [(A, False)]
    assert single([(0.5, A), (0.5, FAR)], there)[0] == 1
    assert single([(0.5, FAR), (0.5, A)], there)[0] == 0.5


def test_eleven_points_ask_for_what_matlab_asks_for() -> None:
    """Recall 3 / 10 is below 3 * 0.1; 6 / 10 and 7 / 10 are not below 1 - 0.4 and 1 - 0.3."""
    there = [([20 * i, 0, 20 * i + 10, 10], False) for i in range(10)]
    for reached, points in ((2, 3), (3, 3), (4, 5), (6, 7), (7, 8), (10, 11)):
        found = [(1 - i / 100, there[i][0]) for i in range(reached)]
        assert single(found, there)[1] == pytest.approx(points / 11)


def test_empty_inputs() -> None:
    nothing = Detections.of([[], np.zeros((0, 4))], [[], []], [[], []])
    objects = Objects.of([[A], []], [[1], []], [[False], []])
    measured = detection_metrics(nothing, objects, 3)
    np.testing.assert_array_equal(measured.average_precision, [np.nan, 0, np.nan])
    assert measured.left_out == [0, 2]
    assert measured.detections.tolist() == [0, 0, 0]
    empty = Objects.of([[], []], [[], []], [[], []])
    found = Detections.of([[A], [B]], [[0], [0]], [[0.5], [0.5]])
    assert np.isnan(detection_metrics(found, empty, 1).average_precision).all()
    assert np.isnan(detection_metrics(Detections.of([], [], []), Objects.of([], [], []), 2).recall).all()


def test_adding_wrong_detections_at_the_end_changes_nothing() -> None:
    case = random_case(5)
    before = detection_metrics(*tables(case), CLASSES)
    more = [np.concatenate([boxes, [[900, 900, 950, 950]]]) for boxes in case[0]]
    labels, scores = ([np.append(x, value) for x in column] for column, value in zip(case[1:3], (0, -1), strict=True))
    after = detection_metrics(*tables((more, labels, scores, *case[3:])), CLASSES)
    np.testing.assert_allclose(before.average_precision, after.average_precision, atol=1e-15)


@pytest.mark.parametrize('mode', ['area', '11points'])
def test_mmdetection_agrees_where_nothing_is_tied(mode: str) -> None:
    rng = np.random.default_rng(0)
    case = list(random_case(1, images=60))
    case[0] = [boxes + rng.uniform(-1, 1, boxes.shape) for boxes in case[0]]
    order = rng.permutation(sum(map(len, case[2]))) / 1000
    case[2] = np.split(order, np.cumsum([len(x) for x in case[2]])[:-1])
    measured = detection_metrics(*tables(tuple(case)), CLASSES)
    found = [
        [np.column_stack([b[lab == k], s[lab == k]]).reshape(-1, 5) for k in range(CLASSES)]
        for b, lab, s in zip(*case[:3], strict=True)
    ]
    there = [
        {'bboxes': b[~d], 'labels': lab[~d], 'bboxes_ignore': b[d], 'labels_ignore': lab[d]}
        for b, lab, d in zip(*case[3:], strict=True)
    ]
    mean, _ = eval_map(found, there, iou_thr=0.5, nproc=1, eval_mode=mode, logger='silent')
    mine = measured.average_precision if mode == 'area' else measured.eleven_point
    assert np.nanmean(mine) == pytest.approx(mean, abs=1e-6)
    assert 0.1 < mean < 0.9


def test_mmdetection_puts_difficult_objects_last() -> None:
    """The first of the differences that the docstring names."""
    found = [[np.array([[*A, 0.9]])]]
    there = [{'bboxes': np.array([A]), 'labels': np.zeros(1, int)}]
    there[0].update(bboxes_ignore=np.array([A]), labels_ignore=np.zeros(1, int))
    assert eval_map(found, there, iou_thr=0.5, logger='silent')[0] == 1
    assert single([(0.9, A)], [(A, True), (A, False)])[0] == 0


def test_what_is_wrong_is_named() -> None:
    objects = Objects.of([[A]], [[0]], [[False]])
    with pytest.raises(MLKDError, match='class that does not exist'):
        detection_metrics(Detections.of([[A]], [[2]], [[0.5]]), objects, 2)
    with pytest.raises(MLKDError, match='out of its range'):
        detection_metrics(Detections.of([[A]], [[0]], [[0.5]]), objects, 2, iou_thr=0.0)
