r"""Pooling of a map by label: a softmax over positions for each label and channel by itself.

.. math::
    w_{kcn} = \text{softmax}_n(q_{kc} P_{cn}), \qquad o_{kc} = \sum_n w_{kcn} P_{cn}

The query is the inverse temperature of a pooling between minimum, mean (0) and maximum. The weights are a tensor of
(B, K, C, N) numbers, 177 MB for an image of MSRN on COCO. :func:`semantic_pool` keeps them for the gradient, or, for a
chunk of labels at a time, computes them again.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mlkd.models.utils.precision import at_least_float32


def semantic_pool(maps: Tensor, queries: Tensor, label_chunk: int | None = None) -> Tensor:
    """Pool maps with each query.

    Computed in float32 at least, whatever autocast says.

    Args:
        maps: P (B, C, h, w).
        queries: q (K, C).
        label_chunk: For how many queries the weights exist at a time, K at most; in the backward pass they are computed
            again. None: all at once, and kept (the formula as it stands).

    Returns:
        o (B, K, C).
    """
    with torch.autocast(maps.device.type, enabled=False):
        values, queries = at_least_float32(maps.flatten(2)), at_least_float32(queries)
        if label_chunk is None:
            weights = (values[:, None] * queries[..., None]).softmax(dim=3)
            return (weights * values[:, None]).sum(dim=3)
        if torch.is_grad_enabled() and (values.requires_grad or queries.requires_grad):
            return _ChunkedPool.apply(values, queries, label_chunk)
        # Nothing is kept for a gradient; plain operations, which can be exported.
        mean, moments = _moments(values, queries, label_chunk)
        return (moments[..., 0] + mean).transpose(1, 2)


class _ChunkedPool(torch.autograd.Function):
    r"""The same, with the weights made again for the gradient.

    With :math:`g = \partial L / \partial o`:

    .. math::
        \frac{\partial L}{\partial P_{cn}} = \sum_k w_{kcn} g_{kc} (1 - q_{kc} o_{kc}) +
            P_{cn} \sum_k w_{kcn} g_{kc} q_{kc}, \qquad
        \frac{\partial L}{\partial q_{kc}} = g_{kc} \left(\sum_n w_{kcn} P_{cn}^2 - o_{kc}^2\right)

    so that each pass over the weights is a product of matrices, whose results are small.
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, queries: Tensor, chunk: int) -> Tensor:
        mean, moments = _moments(values, queries, chunk)
        first, second = moments.transpose(1, 2).unbind(3)
        ctx.save_for_backward(values, queries, first, second - first.square())
        ctx.chunk = chunk
        return first + mean.transpose(1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        with torch.autocast(grad.device.type, enabled=False):
            return _ChunkedPool._gradients(ctx, grad)

    @staticmethod
    def _gradients(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        values, queries, first, variance = ctx.saved_tensors
        # As the weights, so the gradient does not depend on the mean.
        centred = values - values.mean(dim=2, keepdim=True)
        grad_values = grad_queries = None
        if ctx.needs_input_grad[1]:
            grad_queries = (grad * variance).sum(dim=0)
        if ctx.needs_input_grad[0]:
            scaled = grad * queries
            # (B, C, 2, K): what the weights are summed with, once as it is and once to be multiplied by the values.
            factors = torch.stack([grad - scaled * first, scaled], dim=3).permute(0, 2, 3, 1)
            sums = values.new_zeros(*values.shape[:2], 2, values.shape[2])
            for start in range(0, len(queries), ctx.chunk):
                chunk = slice(start, start + ctx.chunk)
                sums += factors[..., chunk] @ _weights(centred, queries[chunk])
            grad_values = sums[:, :, 0].addcmul(sums[:, :, 1], centred)
        return grad_values, grad_queries, None


def _moments(values: Tensor, queries: Tensor, chunk: int) -> tuple[Tensor, Tensor]:
    """Means (B, C, 1) of maps (B, C, N); first and second moments (B, C, K, 2) of the maps without them."""
    # Weights do not depend on a channel's mean, and a variance as a difference of squares must be free of it.
    mean = values.mean(dim=2, keepdim=True)
    centred = values - mean
    powers = torch.stack([centred, centred.square()], dim=3)
    return mean, torch.cat([_weights(centred, part) @ powers for part in queries.split(chunk)], dim=2)


def _weights(values: Tensor, queries: Tensor) -> Tensor:
    """w (B, C, k, N) of maps (B, C, N) and queries (k, C)."""
    return (values[:, :, None] * queries.T[..., None]).softmax(dim=3)
