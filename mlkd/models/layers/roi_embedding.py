"""From a feature map and RoIs to a vector each: nothing is computed twice, and memory is bounded."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint


def distinct_rois(cells: Tensor) -> tuple[Tensor, Tensor]:
    """Which RoIs stand for all.

    Args:
        cells: (ΣR, n); equal rows are RoIs that pool the same cells.

    Returns:
        Positions (U,) of the first RoI of each kind, kinds in the order of their rows (so image-major where the batch
        index is the first column), all RoIs in their own order where no two are equal; and for each RoI (ΣR,) which
        kind it is of: ``cells[first][place]`` is ``cells``.
    """
    positions = torch.arange(len(cells), device=cells.device)
    kinds, place = cells.unique(dim=0, return_inverse=True)
    if len(kinds) == len(cells):
        return positions, positions
    first = positions.new_empty(len(kinds)).scatter_reduce(0, place, positions, 'amin', include_self=False)
    return first, place


def pool_weighted(layer: nn.Module, feat: Tensor, rois: Tensor, weight: Tensor) -> Tensor:
    """RoI layer times w_R: (ΣR, C, h, w).

    Args:
        layer: A RoI layer, see :mod:`~mlkd.models.layers.roi_layers`.
        feat: Map (B, C, H, W).
        rois: (ΣR, 5).
        weight: w_R (ΣR,).
    """
    return layer(feat, rois) * weight[:, None, None, None].to(feat.dtype)


def embed_rois(layer: Any, head: Any, feat: Tensor, rois: Tensor, weight: Tensor, chunk: int | None = None) -> Tensor:
    """``head.roi_embed`` of :func:`pool_weighted`, with less work and memory; equal up to rounding.

    RoIs that pool the same cells (``layer.cells``) are pooled once, and since fc6 is linear, W (w_R x) = w_R (W x), its
    product is computed once for them too, however differently they are weighted. Dropout and what follows is of each
    RoI. That needs a head that gives its first matrix as ``grid_weight``, such as :class:`~mlkd.models.necks.FC67`.

    With ``chunk`` the grids of so many RoIs exist at a time; for the backward pass they are pooled again. Dropout comes
    after that, so its masks are the same with and without chunks. A head without ``grid_weight`` is run again as a
    whole, with the random numbers of its first run.

    Memory of VGG16 in training, KiB per RoI: grid 98, its arg-max 98, and 16 for each of some six vectors that fc6 and
    fc7 with ReLU and dropout keep; the backward pass has two more grids for a while. So 2,000 RoIs take 600 MiB and
    400 MiB more in the backward pass; in chunks of 256, 190 MiB and 100 MiB.

    Args:
        layer: A RoI layer, see :mod:`~mlkd.models.layers.roi_layers`.
        head: Has ``roi_embed``; and where it begins with a matrix, ``grid_weight`` and ``embed_product``.
        feat: Map (B, C, H, W).
        rois: (ΣR, 5), image-major.
        weight: w_R (ΣR,).
        chunk: RoIs at a time; None: all.

    Returns:
        (ΣR, D).
    """
    matrix = getattr(head, 'grid_weight', None)
    if _heard(layer) or (_heard(head) and matrix is None):
        # A tap shows all RoIs.
        return head.roi_embed(pool_weighted(layer, feat, rois, weight))
    if matrix is None:
        return _embed_in_chunks(layer, head, feat, rois, weight, chunk or len(rois))
    first, place = distinct_rois(layer.cells(rois) if hasattr(layer, 'cells') else rois)
    if len(first) <= (chunk or len(first)):
        if len(first) == len(rois):
            return head.roi_embed(pool_weighted(layer, feat, rois, weight))
        product = F.linear(layer(feat, rois[first]).flatten(1), matrix)
    else:
        product = _ProductInChunks.apply(feat, matrix, rois[first], layer, chunk)
    return head.embed_product(product.index_select(0, place), weight)


class _ProductInChunks(torch.autograd.Function):
    """The product of a matrix with the grids of RoIs, some at a time; they are pooled again for the backward pass.

    A function of its own and no :func:`~torch.utils.checkpoint.checkpoint` of each chunk, which would have the
    gradient of the whole matrix (0.4 GB of fc6) for each chunk before they are added up.
    """

    @staticmethod
    def forward(ctx: Any, feat: Tensor, matrix: Tensor, rois: Tensor, layer: Any, chunk: int) -> Tensor:
        ctx.save_for_backward(feat, matrix, rois)
        ctx.layer, ctx.chunk = layer, chunk
        return torch.cat([F.linear(layer(feat, part).flatten(1), matrix) for part in rois.split(chunk)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        feat, matrix, rois = ctx.saved_tensors
        of_feat, of_matrix = (
            torch.zeros_like(x) if needed else None
            for x, needed in zip((feat, matrix), ctx.needs_input_grad, strict=False)
        )
        for part, slope in zip(rois.split(ctx.chunk), grad.split(ctx.chunk), strict=True):
            with torch.set_grad_enabled(of_feat is not None):
                source = feat.detach().requires_grad_(of_feat is not None)
                grids = ctx.layer(source, part)
            if of_matrix is not None:
                _add_product(of_matrix, slope.T, grids.detach().flatten(1))
            if of_feat is not None:
                slope = (slope @ matrix.to(slope.dtype)).view_as(grids).to(grids.dtype)
                of_feat += torch.autograd.grad(grids, source, slope)[0]
        return of_feat, of_matrix, None, None, None


def _add_product(total: Tensor, a: Tensor, b: Tensor) -> None:
    """``total += a @ b``, in the precision of ``a``."""
    if total.dtype == a.dtype:
        total.addmm_(a, b)
    else:
        total += a @ b.to(a.dtype)


def _heard(module: nn.Module) -> bool:
    """Whether somebody listens to a layer in it."""
    return any(layer._forward_hooks for layer in module.modules())


def _embed_in_chunks(layer: Any, head: Any, feat: Tensor, rois: Tensor, weight: Tensor, chunk: int) -> Tensor:
    def embed(rois: Tensor, weight: Tensor) -> Tensor:
        return head.roi_embed(pool_weighted(layer, feat, rois, weight))

    if len(rois) <= chunk:
        return embed(rois, weight)
    parts = zip(rois.split(chunk), weight.split(chunk), strict=True)
    return torch.cat([checkpoint(embed, *part, use_reentrant=False) for part in parts])
