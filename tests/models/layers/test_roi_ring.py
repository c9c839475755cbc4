from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.models.layers import RoIMeanAndRing


def pooled(feat: Tensor, *boxes: list[float], context: float = 2.0) -> tuple[Tensor, Tensor]:
    """RoI and ring (n, C) of boxes on a map of stride 10."""
    rois = torch.tensor([[0.0, *box] for box in boxes])
    return RoIMeanAndRing(1 / 10, context)(feat, rois)[:, :, 0].unbind(2)


def test_hand_worked() -> None:
    """Cells 2 to 3 of a map of 6; twice as large they are cells 1 to 4."""
    feat = torch.arange(36.0).view(1, 1, 6, 6)
    roi, ring = pooled(feat, [20, 20, 40, 40])
    inside, outside = feat[0, 0, 2:4, 2:4], feat[0, 0, 1:5, 1:5]
    assert roi.item() == pytest.approx(inside.mean().item())
    assert ring.item() == pytest.approx((outside.sum() - inside.sum()).item() / 12)


def test_cells_count_by_the_area_that_is_covered() -> None:
    feat = torch.tensor([[1.0, 2.0, 4.0]]).view(1, 1, 1, 3)
    roi, _ = pooled(feat, [5, 0, 25, 10])
    assert roi.item() == pytest.approx((0.5 * 1 + 2 + 0.5 * 4) / 2)
    tiny, _ = pooled(feat, [12, 3, 13, 4])
    assert tiny.item() == pytest.approx(2)


def test_is_the_mean_over_pixels() -> None:
    """The map enlarged to pixels, boxes of whole pixels: what is covered can be counted."""
    feat = torch.randn(1, 3, 7, 9)
    pixels = feat.repeat_interleave(10, 2).repeat_interleave(10, 3)[0]
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        x, y, w, h = (int(torch.randint(low, high, (), generator=generator)) * 2 for low, high in
                      ((0, 35), (0, 25), (1, 10), (1, 10)))  # fmt: skip
        roi, ring = pooled(feat, [x, y, x + w, y + h])
        torch.testing.assert_close(roi[0], pixels[:, y : y + h, x : x + w].mean((1, 2)))
        mask = torch.zeros(70, 90)
        mask[max(y - h // 2, 0) : y + h + h // 2, max(x - w // 2, 0) : x + w + w // 2] = 1
        mask[y : y + h, x : x + w] = 0
        torch.testing.assert_close(ring[0], (pixels * mask).sum((1, 2)) / mask.sum(), rtol=1e-4, atol=1e-5)


def test_around_the_whole_image_there_is_nothing() -> None:
    feat = torch.rand(1, 2, 4, 4) + 1
    roi, ring = pooled(feat, [0, 0, 40, 40])
    torch.testing.assert_close(roi[0], feat.mean((0, 2, 3)))
    assert (ring == 0).all()


def test_each_image_has_its_own_map() -> None:
    feat = torch.stack([torch.full((2, 3, 3), float(value)) for value in (1, 2, 3)])
    rois = torch.tensor([[0.0, 0, 0, 10, 10], [2.0, 5, 5, 12, 12], [2.0, 0, 0, 9, 9]])
    out = RoIMeanAndRing(1 / 10)(feat, rois)
    assert out.shape == (3, 2, 1, 2)
    torch.testing.assert_close(out[:, 0, 0], torch.tensor([[1.0, 1], [3, 3], [3, 3]]))


def test_gradient() -> None:
    feat = torch.randn(1, 2, 4, 5, dtype=torch.float32, requires_grad=True)
    rois = torch.tensor([[0.0, 3, 4, 27, 31]])
    weight = torch.randn(1, 2, 1, 2)
    layer = RoIMeanAndRing(1 / 10)
    grad = torch.autograd.grad((layer(feat, rois) * weight).sum(), feat)[0]
    step = torch.randn_like(feat)
    # Linear in the map: the difference is exact.
    difference = ((layer(feat + step, rois) - layer(feat, rois)) * weight).sum()
    torch.testing.assert_close((grad * step).sum(), difference, rtol=1e-4, atol=1e-5)


def test_no_rois() -> None:
    feat = torch.randn(1, 4, 5, 5, requires_grad=True)
    out = RoIMeanAndRing()(feat, torch.zeros(0, 5))
    assert out.shape == (0, 4, 1, 2)
    out.sum().backward()
    assert feat.grad is not None


def test_no_ring() -> None:
    with pytest.raises(ConfigError, match='There is no ring'):
        RoIMeanAndRing(context=1.0)
