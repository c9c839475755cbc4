"""R' and s'."""

from __future__ import annotations

import torch

from mlkd.distillers.terms.roi_selection import relative_scores, select_rois

ROIS = torch.tensor([[0, 0, 0, 10, 10], [0, 0, 0, 10, 9], [0, 20, 20, 30, 30], [2, 0, 0, 10, 10]], dtype=torch.float32)
SCORES = torch.tensor([0.2, 0.4, 0.1, 0.3])


def test_selection() -> None:
    assert select_rois(ROIS, SCORES, 'all').tolist() == [0, 1, 2, 3]
    assert select_rois(ROIS, SCORES, 'nms').tolist() == [1, 2, 3]
    assert select_rois(ROIS, SCORES, 'nms', max_rois=1).tolist() == [1, 3]
    assert select_rois(ROIS, SCORES, 'topk', max_rois=2).tolist() == [1, 0, 3]
    assert select_rois(ROIS[:0], SCORES[:0], 'nms').tolist() == []


def test_relative_scores_are_one_for_the_best_of_each_image() -> None:
    relative = relative_scores(SCORES, ROIS[:, 0].long(), 3)
    torch.testing.assert_close(relative, torch.tensor([0.5, 1.0, 0.25, 1.0]))
