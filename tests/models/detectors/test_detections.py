from __future__ import annotations

import pytest
import torch
import torchvision

from mlkd.models.detectors.detections import DEFAULT_TEST_CFG, detect


def test_suppression_is_by_class(make_sample, random_boxes) -> None:
    boxes, scores = random_boxes(40), torch.rand(40, 3)
    found = detect(boxes, scores, make_sample(), {**DEFAULT_TEST_CFG, 'score_thr': 0.3, 'max_per_img': 1000})
    for k in range(3):
        above = scores[:, k] > 0.3
        keep = torchvision.ops.nms(boxes[above], scores[above, k], 0.4)
        mine = found[found.labels == k]
        assert torch.equal(mine.bboxes, boxes[above][keep])
        assert torch.equal(mine.scores, scores[above, k][keep])


def test_best_first_and_no_more_than_asked_for(make_sample, random_boxes) -> None:
    found = detect(random_boxes(40), torch.rand(40, 3), make_sample(), {**DEFAULT_TEST_CFG, 'max_per_img': 5})
    assert len(found) == 5
    assert torch.equal(found.scores, found.scores.sort(descending=True).values)


@pytest.mark.parametrize('limits', [{'score_thr': 0.97}, {'score_thr': 0.0, 'max_per_img': 2}, {'score_thr': 1.0}])
def test_the_best_box_of_each_class_can_be_kept(make_sample, random_boxes, limits: dict) -> None:
    boxes, scores = random_boxes(40), torch.rand(40, 5)
    plain = detect(boxes, scores, make_sample(), {**DEFAULT_TEST_CFG, **limits})
    found = detect(boxes, scores, make_sample(), {**DEFAULT_TEST_CFG, **limits, 'keep_best': True})
    assert torch.equal(found.bboxes[: len(plain)], plain.bboxes)
    assert sorted(found.labels[len(plain) :].tolist()) == sorted(set(range(5)) - set(plain.labels.tolist()))
    assert torch.equal(found.scores, found.scores.sort(descending=True).values)
    for k in range(5):
        top = found[found.labels == k]
        assert top.scores[0] == scores[:, k].max()
        assert torch.equal(top.bboxes[0], boxes[scores[:, k].argmax()])


def test_no_proposals(make_sample) -> None:
    for keep_best in (False, True):
        test_cfg = {**DEFAULT_TEST_CFG, 'keep_best': keep_best}
        found = detect(torch.zeros(0, 4), torch.zeros(0, 3), make_sample(), test_cfg)
        assert found.bboxes.shape == (0, 4)
        assert len(found.labels) == len(found.scores) == 0
