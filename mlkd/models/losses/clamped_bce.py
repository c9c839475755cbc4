"""Binary cross-entropy on probabilities, with a clamp that keeps its gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mlkd.models.utils.precision import at_least_float32


class _ClampedBCE(torch.autograd.Function):
    """Forward and backward of the reference implementation's ``cross_entropy_loss`` layer."""

    @staticmethod
    def forward(ctx: Any, prob: Tensor, label: Tensor, eps: float) -> Tensor:
        ctx.save_for_backward(prob, label)
        ctx.eps = eps
        y = label.to(prob.dtype)
        loss = y * prob.clamp(min=eps).log() + (1 - y) * (1 - prob).clamp(min=eps).log()
        return -loss.masked_fill(label < 0, 0).sum() / len(prob)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        prob, label = ctx.saved_tensors
        y = label.to(prob.dtype)
        slope = (1 - y) / (1 - prob).clamp(min=ctx.eps) - y / prob.clamp(min=ctx.eps)
        return grad * slope.masked_fill(label < 0, 0) / len(prob), None, None


def clamped_bce(prob: Tensor, label: Tensor, eps: float = 1e-4) -> Tensor:
    r"""Binary log-loss of probabilities, summed over classes, averaged over images.

    .. math:: L = -\frac1N \sum_n \sum_k [y \log\max(p, \epsilon) + (1 - y) \log\max(1 - p, \epsilon)]

    The gradient is that of the layer ``cross_entropy_loss`` of the reference implementation: it does not vanish where
    the clamp is active, as it would with :func:`torch.clamp`, but stays at its value at the clamp,
    :math:`\frac1N [(1 - y) / \max(1 - p, \epsilon) - y / \max(p, \epsilon)]`. Images start out with all p near 1/K or
    below, and would otherwise never learn.

    Args:
        prob: (N, K), in 0..1; computed in float32 at least.
        label: (N, K); 1 present, 0 absent, -1 ignored.
        eps: Lower bound of the logarithms' arguments.

    Returns:
        Scalar.
    """
    return _ClampedBCE.apply(at_least_float32(prob), label, eps)
