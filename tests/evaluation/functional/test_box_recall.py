"""Recall of boxes: against COCOeval on random boxes, and cases worked by hand."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mlkd.evaluation.functional.box_recall import (
    AREAS,
    IOU_THRESHOLDS,
    NEVER,
    box_overlaps,
    covering_ranks,
    recall_at,
    size_members,
)

NUMBERS = [1, 3, 10, 40]


def random_boxes(random: np.random.Generator, count: int, near: np.ndarray | None = None) -> np.ndarray:
    """Boxes with whole corners in an image of 200 x 200, some of them around those of ``near``."""
    low = random.integers(0, 150, (count, 2))
    boxes = np.concatenate([low, low + random.integers(4, 130, (count, 2))], 1)
    if near is not None and len(near):
        chosen = random.random(count) < 0.7
        boxes[chosen] = near[random.integers(0, len(near), chosen.sum())] + random.integers(-9, 10, (chosen.sum(), 4))
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return boxes


def images_of(seed: int, images: int = 25) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per image: objects, whether each is ignored, proposals with best first. Objects may be equal or overlap."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(images):
        objects = random_boxes(random, int(random.integers(0, 7)))
        if len(objects) > 2:
            objects[1] = objects[0]
            objects[2] = objects[0] + random.integers(-2, 3, 4)
            objects[2, 2:] = np.maximum(objects[2, 2:], objects[2, :2] + 1)
        ignored = random.random(len(objects)) < 0.2
        made.append((objects, ignored, random_boxes(random, int(random.integers(0, 60)), objects)))
    return made


def coco_recall(images: list, numbers: list[int]) -> np.ndarray:
    """Recall (T, areas, numbers) of COCOeval: all, small, medium, large."""
    truth: dict[str, list] = {'images': [], 'annotations': [], 'categories': [{'id': 1}]}
    results = []
    for number, (objects, ignored, proposals) in enumerate(images, 1):
        truth['images'].append({'id': number})
        for box, crowd in zip(objects, ignored, strict=True):
            x, y, w, h = (int(v) for v in (*box[:2], *(box[2:] - box[:2])))
            one = {'id': len(truth['annotations']) + 1, 'image_id': number, 'category_id': 1, 'iscrowd': int(crowd)}
            truth['annotations'].append({**one, 'bbox': [x, y, w, h], 'area': w * h})
        for rank, box in enumerate(proposals):
            xywh = [int(v) for v in (*box[:2], *(box[2:] - box[:2]))]
            results.append({'image_id': number, 'category_id': 1, 'bbox': xywh, 'score': 1000 - rank})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), 'bbox')
        evaluation.params.useCats = 0
        evaluation.params.maxDets = numbers
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval['recall'][:, 0]


@pytest.mark.parametrize('seed', range(6))
def test_equals_coco(seed: int) -> None:
    images = images_of(seed)
    expected = coco_recall(images, NUMBERS)
    overlaps, areas = [], []
    for objects, ignored, proposals in images:
        counted = objects[~ignored]
        overlaps.append(box_overlaps(proposals, counted))
        areas.append(np.prod(counted[:, 2:] - counted[:, :2], axis=1))
    groups = {'all': [np.ones(len(area), bool) for area in areas]}
    groups.update({name: [size_members(area)[name] for area in areas] for name in AREAS})
    for column, members in enumerate(groups.values()):
        ranks = [covering_ranks(iou[:, chosen]) for iou, chosen in zip(overlaps, members, strict=True)]
        found = recall_at(np.concatenate(ranks, axis=1), NUMBERS)
        np.testing.assert_allclose(found.T, expected[:, column], rtol=0, atol=1e-12)
    # The cases are worth something: neither all nor nothing is found.
    assert 0.05 < expected[0, 0, -1] < 0.95
    assert expected[0, 0, 0] < expected[0, 0, -1]


def test_one_box_covers_one_object() -> None:
    objects = np.array([[0, 0, 10, 10], [0, 0, 10, 12]])
    one = box_overlaps([[0, 0, 10, 11]], objects)
    # IoU 10/11 with the first and 11/12 with the second: it covers the second alone.
    np.testing.assert_allclose(one, [[10 / 11, 11 / 12]])
    assert covering_ranks(one, thresholds=np.array([0.5])).tolist() == [[NEVER, 0]]
    # A second box that overlaps less serves the first object.
    two = box_overlaps([[0, 0, 10, 11], [0, 0, 10, 6]], objects)
    assert covering_ranks(two, thresholds=np.array([0.5, 0.6, 0.61])).tolist() == [[1, 0], [1, 0], [NEVER, 0]]


def test_boxes_choose_in_their_order() -> None:
    # Box 0 takes object 1, of which it covers most; box 1 covers only object 1, and comes too late.
    iou = np.array([[0.6, 0.7], [0.0, 0.9]])
    assert covering_ranks(iou, thresholds=np.array([0.5])).tolist() == [[NEVER, 0]]
    assert covering_ranks(iou[::-1], thresholds=np.array([0.5])).tolist() == [[1, 0]]
    # Of equal overlaps the last object is taken, as COCOeval does.
    assert covering_ranks(np.array([[0.6, 0.6]]), thresholds=np.array([0.5])).tolist() == [[NEVER, 0]]


def test_a_group_is_matched_as_if_alone() -> None:
    iou = np.array([[0.6, 0.7, 0.0], [0.55, 0.9, 0.8]])
    at = np.array([0.5])
    # Together, box 0 takes object 1 and box 1 object 2, so that none is left for object 0.
    assert covering_ranks(iou, thresholds=at).tolist() == [[NEVER, 0, 1]]
    assert covering_ranks(iou, np.array([0, 1, 1]), at).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize('seed', range(5))
def test_groups_are_what_their_columns_alone_give(seed: int) -> None:
    random = np.random.default_rng(seed)
    objects = random_boxes(random, 9)
    iou = box_overlaps(random_boxes(random, 80, objects), objects)
    groups = random.integers(0, 3, 9)
    found = covering_ranks(iou, groups)
    for group in range(3):
        np.testing.assert_array_equal(found[:, groups == group], covering_ranks(iou[:, groups == group]))


def test_overlap_of_exactly_the_threshold_covers() -> None:
    iou = box_overlaps([[0, 0, 10, 5], [0, 0, 10, 10]], [[0, 0, 10, 10]])
    assert covering_ranks(iou, thresholds=np.array([0.5, 0.51, 1.0])).tolist() == [[0], [1], [1]]


def test_recall_by_hand() -> None:
    ranks = np.array([[0, 4, 5, NEVER], [0, 4, NEVER, NEVER]])
    np.testing.assert_array_equal(recall_at(ranks, [1, 5, 6]), [[0.25, 0.25], [0.5, 0.5], [0.75, 0.5]])


def test_nothing_to_cover_and_nothing_to_cover_with() -> None:
    assert covering_ranks(np.zeros((0, 2))).tolist() == [[NEVER, NEVER]] * len(IOU_THRESHOLDS)
    none = covering_ranks(np.zeros((3, 0)))
    assert none.shape == (len(IOU_THRESHOLDS), 0)
    assert np.isnan(recall_at(none, [1, 2])).all()
    assert box_overlaps(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0.0]]


def test_sizes_share_their_borders_as_in_coco() -> None:
    members = size_members(np.array([1023.0, 1024.0, 1025.0, 9216.0, 9217.0]))
    assert {name: np.flatnonzero(rows).tolist() for name, rows in members.items()} == {
        'small': [0, 1],
        'medium': [1, 2, 3],
        'large': [3, 4],
    }
