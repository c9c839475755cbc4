from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode

from mlkd.models.layers import FastRCNNRoIPool, distinct_rois, embed_rois, pool_weighted
from mlkd.models.necks import FC67, GlobalMaxPool, PooledFC

SIDE = 3
CHUNKS = [None, 1, 5, 1000]


class DoublePool(nn.Module):
    """RoI pooling that stays in float64, so that gradients can be compared tightly; counts what it pools."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = FastRCNNRoIPool(SIDE)
        self.pooled: list[int] = []

    def cells(self, rois: Tensor) -> Tensor:
        return self.layer.cells(rois)

    def forward(self, feat: Tensor, rois: Tensor) -> Tensor:
        self.pooled.append(len(rois))
        return torchvision.ops.roi_pool(feat, rois.to(feat.dtype), SIDE, 1 / 16)


class CountProducts(TorchDispatchMode):
    """Counts multiply-adds of matrix products, backward ones too."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        if func._schema.name in ('aten::mm', 'aten::addmm', 'aten::addmm_'):
            a, b = args[-2:]
            self.total += a.shape[0] * a.shape[1] * b.shape[1]
        return func(*args, **(kwargs or {}))


class FC67WithoutMatrix(FC67):
    """A head of somebody else's, which knows only ``roi_embed``."""

    grid_weight = None


HEADS: dict[str, Callable[[], nn.Module]] = {
    'FC67': lambda: FC67(4, SIDE, 8, dropout=0.5),
    'without matrix': lambda: FC67WithoutMatrix(4, SIDE, 8, dropout=0.0),
    'PooledFC': lambda: PooledFC(4, 8, dropout=0.0),
    'GlobalMaxPool': GlobalMaxPool,
}


@pytest.fixture
def rois() -> Tensor:
    """Images with 14, no and one RoI; among the 14 are 6 kinds of cells, in no order."""
    corners = torch.randint(0, 5, (6, 2)) * 16.0
    boxes = torch.cat([corners, corners + 16.0 * torch.randint(1, 4, (6, 2)) + torch.arange(6)[:, None] * 16], 1)
    many = boxes[torch.tensor([5, 3, 0, 1, 2, 4, 3, 5, 5, 0, 1, 5, 4, 4])] + torch.rand(14, 4) * 7
    return torch.cat([torch.cat([torch.zeros(14, 1), many], 1), torch.tensor([[2.0, 5, 6, 70, 80]])])


def gradients(outputs: Callable[[Tensor], Tensor], head: nn.Module, feat: Tensor) -> tuple[Tensor, ...]:
    """Output, then gradients of the map and the head's parameters, of a fixed function of the output."""
    feat = feat.clone().requires_grad_()
    torch.manual_seed(1)
    out = outputs(feat)
    weights = torch.linspace(-1, 2, out.numel(), dtype=out.dtype).view_as(out)
    return out, *torch.autograd.grad((out * weights).sum(), [feat, *head.parameters()])


def test_distinct_rois() -> None:
    cells = torch.randint(0, 3, (40, 3)).float()
    first, place = distinct_rois(cells)
    assert torch.equal(cells[first][place], cells)
    rows = [tuple(row) for row in cells.tolist()]
    assert [tuple(row) for row in cells[first].tolist()] == sorted(set(rows))
    assert first.tolist() == [rows.index(row) for row in sorted(set(rows))]


def test_rois_that_all_differ_stay_in_their_order() -> None:
    first, place = distinct_rois(torch.tensor([[2.0, 1], [0, 5], [0, 4]]))
    assert first.tolist() == place.tolist() == [0, 1, 2]


@pytest.mark.parametrize('chunk', CHUNKS)
@pytest.mark.parametrize('name', HEADS)
def test_values_and_gradients_are_those_of_the_plain_form(name: str, chunk: int | None, rois: Tensor) -> None:
    """Dropout included: FC67 draws the same masks whatever the chunk."""
    layer, head = DoublePool(), HEADS[name]().double().train()
    feat, weight = torch.randn(3, 4, 9, 9, dtype=torch.float64), torch.rand(15, dtype=torch.float64) * 10
    plain = gradients(lambda x: head.roi_embed(pool_weighted(layer, x, rois, weight)), head, feat)
    less = gradients(lambda x: embed_rois(layer, head, x, rois, weight, chunk), head, feat)
    for got, wanted in zip(less, plain, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-11, atol=1e-12)
    assert plain[0].any()


def test_dropout_of_a_head_that_runs_again_is_that_of_its_first_run(rois: Tensor) -> None:
    """With the identity as map of the grids, gradient and output have the same zeros."""
    layer, head = DoublePool(), nn.Module()
    head.roi_embed = lambda pooled: nn.functional.dropout(pooled, 0.5, training=True).flatten(1)
    weight = torch.ones(15, dtype=torch.float64, requires_grad=True)
    feat = torch.rand(3, 4, 9, 9, dtype=torch.float64) + 1
    out = embed_rois(layer, head, feat, rois, weight, 2)
    (grad,) = torch.autograd.grad(out.sum(), weight)
    torch.testing.assert_close(grad, out.sum(1).detach())
    assert 0.3 < (out == 0).double().mean() < 0.7


def test_each_kind_is_pooled_and_multiplied_once(rois: Tensor) -> None:
    layer, head, feat = DoublePool(), HEADS['FC67'](), torch.randn(3, 4, 9, 9)
    with CountProducts() as products:
        embed_rois(layer, head, feat, rois, torch.ones(15)).sum()
    assert layer.pooled == [7]
    assert products.total == 7 * 4 * SIDE**2 * 8 + 15 * 8 * 8


def test_a_chunk_is_pooled_again_and_not_multiplied_again(rois: Tensor) -> None:
    layer, head, feat = DoublePool(), HEADS['FC67'](), torch.randn(3, 4, 9, 9, requires_grad=True)
    counts = []
    for chunk in (None, 3):
        with CountProducts() as products:
            embed_rois(layer, head, feat, rois, torch.ones(15), chunk).sum().backward()
        counts.append(products.total)
    assert counts[0] == counts[1] == 3 * (7 * 4 * SIDE**2 * 8 + 15 * 8 * 8)
    assert sorted(layer.pooled) == sorted([7, *[3, 3, 1] * 2])


def test_chunks_keep_no_grids(rois: Tensor) -> None:
    layer, head, feat = DoublePool(), HEADS['FC67'](), torch.randn(3, 4, 9, 9, requires_grad=True)
    rois[:, 1:] += torch.arange(15)[:, None] * 16

    def saved(chunk: int | None) -> list[int]:
        sizes: list[int] = []
        with saved_tensors_hooks(lambda x: sizes.append(x.numel()) or x, lambda x: x):
            embed_rois(layer, head, feat, rois, torch.ones(15), chunk)
        return sizes

    grids = 15 * 4 * SIDE**2
    assert grids in saved(None)
    assert max({*saved(4)} - {head.fc6.weight.numel(), feat.numel()}) < grids


def test_what_does_not_train_gets_no_gradient(rois: Tensor) -> None:
    """A frozen backbone, then a frozen fc6."""
    layer, head, feat, weight = DoublePool(), HEADS['FC67']().eval(), torch.randn(3, 4, 9, 9), torch.ones(15)
    wanted = torch.autograd.grad(embed_rois(layer, head, feat, rois, weight).sum(), head.fc6.weight)
    got = torch.autograd.grad(embed_rois(layer, head, feat, rois, weight, 3).sum(), head.fc6.weight)
    torch.testing.assert_close(got, wanted)
    head.requires_grad_(False)
    assert not embed_rois(layer, head, feat, rois, weight, 3).requires_grad
    feat.requires_grad_()
    wanted = torch.autograd.grad(embed_rois(layer, head, feat, rois, weight).sum(), feat)
    got = torch.autograd.grad(embed_rois(layer, head, feat, rois, weight, 3).sum(), feat)
    torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize('chunk', CHUNKS)
@pytest.mark.parametrize('tapped', ['layer', 'fc6'])
def test_whoever_listens_sees_all_rois_weighted(tapped: str, chunk: int | None, rois: Tensor) -> None:
    layer, head, feat = DoublePool(), HEADS['FC67']().eval(), torch.randn(3, 4, 9, 9)
    weight, seen = torch.rand(15), []
    wanted = head.fc6(pool_weighted(layer, feat, rois, weight).flatten(1)) if tapped == 'fc6' else layer(feat, rois)
    module = layer if tapped == 'layer' else head.fc6
    handle = module.register_forward_hook(lambda module, args, output: seen.append(output))
    heard = embed_rois(layer, head, feat, rois, weight, chunk)
    handle.remove()
    torch.testing.assert_close(seen, [wanted])
    torch.testing.assert_close(embed_rois(layer, head, feat, rois, weight, chunk), heard)


@pytest.mark.parametrize('chunk', CHUNKS)
@pytest.mark.parametrize('name', HEADS)
def test_no_rois_keep_the_graph(name: str, chunk: int | None) -> None:
    head, feat = HEADS[name](), torch.randn(2, 4, 5, 5, requires_grad=True)
    out = embed_rois(FastRCNNRoIPool(SIDE), head, feat, torch.zeros(0, 5), torch.zeros(0), chunk)
    out.sum().backward()
    assert len(out) == 0
    assert all(not x.grad.any() for x in (feat, *head.parameters()))


@pytest.mark.parametrize('chunk', [None, 4])
def test_autocast(chunk: int | None, rois: Tensor) -> None:
    layer, head, feat = FastRCNNRoIPool(SIDE), HEADS['FC67']().eval(), torch.randn(3, 4, 9, 9, requires_grad=True)
    weight = torch.rand(15)
    plain = head.roi_embed(pool_weighted(layer, feat, rois, weight))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = embed_rois(layer, head, feat, rois, weight, chunk)
    assert mixed.dtype == torch.bfloat16
    torch.testing.assert_close(mixed.float(), plain, rtol=0.1, atol=0.02)
    inputs = [feat, *head.parameters()]
    for got, wanted in zip(
        torch.autograd.grad(mixed.sum(), inputs), torch.autograd.grad(plain.sum(), inputs), strict=True
    ):
        assert got.dtype == torch.float32
        assert (got - wanted).abs().max() <= 0.05 * wanted.abs().max()
