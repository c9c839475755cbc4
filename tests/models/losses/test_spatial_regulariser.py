from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck

from mlkd.models.losses import spatial_regulariser
from mlkd.models.losses.spatial_regulariser import devkit_iou


def by_hand(scores: Tensor, feats: Tensor, rois: Tensor, label: Tensor, power: int) -> Tensor:
    """The formula of the specification, word for word."""
    total = torch.zeros((), dtype=feats.dtype)
    for n in range(len(label)):
        inside = [r for r in range(len(rois)) if rois[r, 0] == n]
        for k in range(label.shape[1]):
            if label[n, k] != 1 or not inside:
                continue
            ranked = sorted(inside, key=lambda r: -float(scores[r, k]))
            for r in ranked[1:10]:
                a, b = rois[r, 1:].tolist(), rois[ranked[0], 1:].tolist()
                w, h = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) + 1 for i in (0, 1))
                inter = max(w, 0) * max(h, 0)
                areas = sum((c[2] - c[0] + 1) * (c[3] - c[1] + 1) for c in (a, b))
                if inter / (areas - inter) > 0.6:
                    total = total + 0.5 * scores[r, k] ** power * (feats[r] - feats[ranked[0]]).square().sum()
    return total / len(label)


@pytest.fixture
def batch(random_boxes) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    counts = (30, 1, 0, 5)
    index = torch.arange(4.0).repeat_interleave(torch.tensor(counts))
    boxes = random_boxes(36) * 0.2 + torch.tensor([0, 0, 50, 50])  # much overlap
    scores = torch.rand(36, 3, dtype=torch.float64)
    label = torch.tensor([[1, 0, 1], [1, 1, 0], [1, 0, 0], [0, -1, 1]])
    return scores, torch.randn(36, 6, dtype=torch.float64), torch.cat([index[:, None], boxes], 1), label


@pytest.mark.parametrize(('weight', 'power'), [('s2', 2), ('s', 1)])
def test_formula(batch: tuple[Tensor, ...], weight: str, power: int) -> None:
    wanted = by_hand(*batch, power)
    assert wanted > 0
    torch.testing.assert_close(spatial_regulariser(*batch, weight), wanted)


def test_gradient_reaches_both_features_but_not_the_scores(batch: tuple[Tensor, ...]) -> None:
    scores, feats, rois, label = batch
    assert gradcheck(lambda f: spatial_regulariser(scores, f, rois, label), feats.requires_grad_())
    scores = scores.requires_grad_()
    spatial_regulariser(scores, feats, rois, label).backward()
    assert scores.grad is None
    best = scores[:30, 0].argmax()
    assert feats.grad[best].abs().sum() > 0


def test_without_neighbours_it_is_zero_and_still_in_the_graph() -> None:
    feats = torch.randn(2, 4, requires_grad=True)
    rois = torch.tensor([[0, 0, 0, 10, 10], [0, 50, 50, 60, 60.0]])
    loss = spatial_regulariser(torch.rand(2, 1), feats, rois, torch.ones(1, 1))
    loss.backward()
    assert loss == 0
    assert torch.equal(feats.grad, torch.zeros(2, 4))


def test_devkit_boxes_are_one_pixel_wider() -> None:
    box = torch.tensor([0.0, 0, 9, 9])
    assert devkit_iou(box, torch.tensor([5.0, 0, 14, 9])).item() == pytest.approx(50 / 150)
    assert devkit_iou(box, torch.tensor([20.0, 0, 29, 9])).item() == 0
