from __future__ import annotations

import torch
import torchvision

from mlkd.models.detectors.detections import DEFAULT_TEST_CFG, boxes_in_original, detect


def test_boxes_go_back_to_the_stored_image(make_sample) -> None:
    """Resized from 100 x 50 (width, height) to 200 x 200, then mirrored."""
    sample = make_sample(size=(200, 200), scale_factor=(2.0, 4.0), flip=True)
    original = torch.tensor([[10.0, 5, 30, 25]])
    resized = original * torch.tensor([2.0, 4, 2, 4])
    mirrored = torch.stack([200 - resized[:, 2], resized[:, 1], 200 - resized[:, 0], resized[:, 3]], 1)
    assert torch.equal(boxes_in_original(mirrored, sample), original)
    assert torch.equal(boxes_in_original(original, make_sample()), original)


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


def test_no_proposals(make_sample) -> None:
    found = detect(torch.zeros(0, 4), torch.zeros(0, 3), make_sample(), DEFAULT_TEST_CFG)
    assert found.bboxes.shape == (0, 4)
    assert len(found.labels) == len(found.scores) == 0
