"""Pooling by label and channel: the formula, and the form that keeps no weights."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mlkd.models.layers.semantic_pooling import semantic_pool


def by_hand(maps: Tensor, queries: Tensor) -> Tensor:
    """Loops over images, labels and channels."""
    out = maps.new_zeros(len(maps), *queries.shape)
    for b in range(len(maps)):
        for k in range(len(queries)):
            for c in range(maps.shape[1]):
                values = maps[b, c].flatten().tolist()
                powers = [math.exp(v * float(queries[k, c])) for v in values]
                out[b, k, c] = sum(p * v for p, v in zip(powers, values, strict=True)) / sum(powers)
    return out


def drawn(dtype: torch.dtype = torch.float64, mean: float = 0.0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=generator) + mean
    return maps.to(dtype), (2 * torch.randn(7, 3, dtype=torch.float64, generator=generator)).to(dtype)


@pytest.mark.parametrize('chunk', [None, 1, 3, 7, 100])
def test_formula(chunk: int | None) -> None:
    maps, queries = drawn()
    torch.testing.assert_close(semantic_pool(maps, queries, chunk), by_hand(maps, queries))


@pytest.mark.parametrize('chunk', [None, 2])
def test_a_query_lies_between_minimum_mean_and_maximum(chunk: int | None) -> None:
    maps, _ = drawn()
    queries = torch.tensor([[-1e4], [0.0], [1e4]], dtype=torch.float64).expand(3, 3)
    lowest, mean, highest = semantic_pool(maps, queries, chunk).unbind(1)
    torch.testing.assert_close(lowest, maps.amin((2, 3)))
    torch.testing.assert_close(mean, maps.mean((2, 3)))
    torch.testing.assert_close(highest, maps.amax((2, 3)))


@pytest.mark.parametrize('chunk', [1, 3, 7])
def test_gradients_are_those_of_finite_differences(chunk: int) -> None:
    maps, queries = drawn()
    inputs = (maps[:1].requires_grad_(), queries.requires_grad_())
    assert torch.autograd.gradcheck(lambda p, q: semantic_pool(p, q, chunk), inputs)


@pytest.mark.parametrize('mean', [0.0, 30.0])
def test_float32_is_as_near_to_float64_as_the_direct_form(mean: float) -> None:
    """A mean far from 0 would spoil a variance that is a difference of squares."""

    def run(chunk: int | None, dtype: torch.dtype) -> list[Tensor]:
        maps, queries = (x.requires_grad_() for x in drawn(dtype, mean))
        out = semantic_pool(maps, queries, chunk)
        out.sin().sum().backward()
        assert maps.grad is not None
        assert queries.grad is not None
        return [out.double(), maps.grad.double(), queries.grad.double()]

    for exact, direct, chunked in zip(
        run(None, torch.float64), run(None, torch.float32), run(3, torch.float32), strict=True
    ):
        wrong = (chunked - exact).abs().max()
        assert wrong <= 3 * (direct - exact).abs().max() + 1e-6


def test_only_what_needs_a_gradient_gets_one() -> None:
    maps, queries = drawn()
    semantic_pool(maps.requires_grad_(), queries, 2).sum().backward()
    assert maps.grad is not None
    maps.grad = None
    semantic_pool(maps.detach(), queries.requires_grad_(), 2).sum().backward()
    assert maps.grad is None
    assert queries.grad is not None


@pytest.mark.parametrize('chunk', [None, 2])
def test_autocast_does_not_reach_the_softmax(chunk: int | None) -> None:
    maps, queries = drawn(torch.float32)
    expected = semantic_pool(maps, queries, chunk)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = semantic_pool(maps.requires_grad_(), queries, chunk)
        found.sum().backward()
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    gradient = maps.grad
    maps.grad = None
    semantic_pool(maps, queries, chunk).sum().backward()
    torch.testing.assert_close(maps.grad, gradient, rtol=0, atol=0)


def test_weights_of_a_chunk_are_all_that_is_ever_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlkd.models.layers import semantic_pooling

    sizes = []
    inner = semantic_pooling._weights

    def watched(values: Tensor, queries: Tensor) -> Tensor:
        sizes.append(len(queries))
        return inner(values, queries)

    monkeypatch.setattr(semantic_pooling, '_weights', watched)
    maps, queries = drawn()
    out = semantic_pool(maps.requires_grad_(), queries, 3)
    assert sum(x.numel() for x in out.grad_fn.saved_tensors) < 2 * maps.numel() + 3 * out.numel()  # type: ignore[union-attr]
    out.sum().backward()
    assert sizes == [3, 3, 1] * 2
