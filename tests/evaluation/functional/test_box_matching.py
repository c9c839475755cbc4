from __future__ import annotations

import numpy as np
import pytest
import torch
import voc_kit
from box_cases import CLASSES, grid_boxes, random_case, tables
from torchvision.ops import box_iou

from mlkd.evaluation.functional import best_overlaps, match, pair_iou

#: From where a box ends to its last pixel.
LAST = np.array([0, 0, 1, 1])


def test_overlap_is_a_share_of_pixels() -> None:
    rng = np.random.default_rng(0)
    a, b = (grid_boxes(rng, 200) // 5 for _ in range(2))
    expected = [float(voc_kit.exact_overlap(x, y)) for x, y in zip(a.astype(int), b.astype(int), strict=True)]
    assert pair_iou(a, b).tolist() == expected
    assert pair_iou(a - LAST, b - LAST, pixel_boxes=True).tolist() == expected
    theirs = box_iou(torch.from_numpy(a), torch.from_numpy(b)).diag()
    np.testing.assert_allclose(expected, theirs, atol=1e-12)


def test_boxes_without_area_overlap_nothing() -> None:
    flat, box = np.array([[3.0, 3, 3, 9], [9, 9, 3, 3]]), np.array([[0.0, 0, 10, 10]] * 2)
    assert pair_iou(flat, box).tolist() == pair_iou(box, flat).tolist() == [0, 0]


@pytest.mark.parametrize('seed', range(4))
def test_best_overlap_is_that_of_the_first_best_object_of_image_and_class(seed: int) -> None:
    detections, objects = tables(random_case(seed))
    best = best_overlaps(detections, objects, CLASSES)
    for row in range(len(detections)):
        same = np.flatnonzero((objects.images == detections.images[row]) & (objects.labels == detections.labels[row]))
        values = [float(pair_iou(detections.bboxes[row : row + 1], objects.bboxes[j : j + 1])[0]) for j in same]
        assert best.iou[row] == max(values, default=0)
        assert best.object[row] == (same[int(np.argmax(values))] if max(values, default=0) > 0 else -1)


def test_each_object_is_hit_once_by_its_highest_score() -> None:
    detections, objects = tables(random_case(7))
    status = match(detections, objects, best := best_overlaps(detections, objects, CLASSES))
    hits = np.flatnonzero(status == 1)
    assert len(hits) == len(set(best.object[hits])) > 5
    assert not objects.difficult[best.object[hits]].any()
    for row in hits:
        rivals = (best.object == best.object[row]) & (best.iou >= 0.5)
        assert detections.scores[row] == detections.scores[rivals].max()
    assert set(status) == {-1, 0, 1}
