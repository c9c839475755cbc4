from __future__ import annotations

import torch

from mlkd.models.necks import GlobalMaxPool, GlobalPool, PooledFC, RoIContrast


def test_mean_of_the_last_map() -> None:
    last = torch.randn(2, 5, 3, 4)
    wanted = last.flatten(2).mean(2)
    torch.testing.assert_close(GlobalPool()((torch.ones(2, 9, 6, 8), last)), wanted)
    torch.testing.assert_close(GlobalPool().roi_embed(last), wanted)


def test_hidden_layer() -> None:
    head, x = PooledFC(5, 7).eval(), torch.randn(3, 5, 2, 2)
    wanted = (x.mean((2, 3)) @ head.fc.weight.T + head.fc.bias).clamp(min=0)
    torch.testing.assert_close(head.roi_embed(x), wanted)
    torch.testing.assert_close(head((x,)), wanted)


def test_without_a_layer_it_is_the_pool_with_dropout() -> None:
    head, x = PooledFC(1000, dropout=0.5), torch.ones(1, 1000, 2, 2)
    assert not list(head.parameters())
    assert torch.equal(head.eval()(x), torch.ones(1, 1000))
    assert 0.4 < (head.train()(x) == 0).float().mean() < 0.6


def test_maximum_of_the_last_map() -> None:
    last = torch.randn(2, 5, 3, 4)
    wanted = last.flatten(2).max(2).values
    assert torch.equal(GlobalMaxPool()((torch.ones(2, 9, 6, 8), last)), wanted)
    assert torch.equal(GlobalMaxPool().roi_embed(last), wanted)


def test_contrast_of_a_roi_with_its_ring() -> None:
    pooled = torch.randn(6, 4, 1, 2)
    vectors = RoIContrast().eval().roi_embed(pooled)
    torch.testing.assert_close(vectors[:, :4], pooled[:, :, 0, 0])
    torch.testing.assert_close(vectors[:, 4:], pooled[:, :, 0, 0] - pooled[:, :, 0, 1])
    dropped = RoIContrast(0.5).train().roi_embed(torch.ones(1, 1000, 1, 2))[0]
    assert 0.4 < (dropped[:1000] == 0).float().mean() < 0.6


def test_roi_and_ring_go_through_the_same_layer() -> None:
    head, pooled = RoIContrast(4, 3).eval(), torch.randn(6, 4, 1, 2)
    roi, ring = (head.fc(pooled[:, :, 0, place]).relu() for place in (0, 1))
    torch.testing.assert_close(head.roi_embed(pooled), torch.cat([roi, roi - ring], 1))
