from __future__ import annotations

import pytest
import torch
import torchvision
from torch import Tensor

from mlkd.models.layers import RoIMean


@pytest.fixture
def rois(random_boxes) -> Tensor:
    """Boxes of three images, the middle one without any; some reach over the borders."""
    boxes = random_boxes(30, 160) * 1.3 - 20
    index = torch.tensor([0.0] * 20 + [2.0] * 10)
    return torch.cat([index[:, None], boxes], 1)


@pytest.mark.parametrize('samples', [1, 2, 6])
def test_is_roi_align_with_one_bin(rois: Tensor, samples: int) -> None:
    feat = torch.randn(3, 5, 10, 9, requires_grad=True)
    mine = RoIMean(1 / 16, samples)(feat, rois)
    wanted = torchvision.ops.roi_align(feat, rois, 1, 1 / 16, samples, aligned=True)
    torch.testing.assert_close(mine, wanted)
    weight = torch.randn_like(wanted)
    gradients = [torch.autograd.grad((out * weight).sum(), feat, retain_graph=True)[0] for out in (mine, wanted)]
    torch.testing.assert_close(*gradients)


def test_is_the_mean_of_a_finer_grid(rois: Tensor) -> None:
    feat = torch.randn(3, 5, 10, 9)
    grid = torchvision.ops.roi_align(feat, rois, 3, 1 / 16, 2, aligned=True)
    torch.testing.assert_close(RoIMean(1 / 16, 6)(feat, rois)[:, :, 0, 0], grid.mean((2, 3)))


def test_no_rois() -> None:
    feat = torch.randn(1, 4, 5, 5, requires_grad=True)
    out = RoIMean()(feat, torch.zeros(0, 5))
    assert out.shape == (0, 4, 1, 1)
    out.sum().backward()
    assert feat.grad is not None
