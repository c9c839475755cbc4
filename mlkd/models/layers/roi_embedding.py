"""From a feature map and RoIs to a vector each: nothing is computed twice, and memory is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def distinct_rois(cells: Tensor) -> tuple[Tensor, Tensor]:
    """Which RoIs stand for all.

    Args:
        cells: (ΣR, n); equal rows are RoIs that pool the same cells.

    Returns:
        first: (U,) positions of the first RoI of each kind, kinds in the order of their rows (so image-major where the
            batch index is the first column); all RoIs in their own order where no two are equal.
        place: (ΣR,) which kind each RoI is of: ``cells[first][place]`` is ``cells``.
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
    RoI. That needs a head with ``roi_product``, such as :class:`~mlkd.models.necks.FC67`.

    With ``chunk`` the grids of so many RoIs exist at a time. For the backward pass they are pooled again, which is
    cheap; the product of fc6 is not computed again, and dropout comes after it, so its masks are the same with and
    without chunks. A head without ``roi_product`` is run again as a whole, with the random numbers of its first run.

    Memory of VGG16 in training, KiB per RoI: grid 98, its arg-max 98, and 16 for each of some six vectors that fc6 and
    fc7 with ReLU and dropout keep; the backward pass has two more grids for a while. So 2,000 RoIs take 600 MiB and
    400 MiB more in the backward pass; in chunks of 256, 190 MiB and 100 MiB.

    Args:
        layer: A RoI layer, see :mod:`~mlkd.models.layers.roi_layers`.
        head: Has ``roi_embed``; and where it can be split after a linear map, ``has_product``, ``roi_product`` and
            ``embed_product``.
        feat: Map (B, C, H, W).
        rois: (ΣR, 5), image-major.
        weight: w_R (ΣR,).
        chunk: RoIs at a time; None: all.

    Returns:
        (ΣR, D).
    """
    has_product = getattr(head, 'has_product', False)
    if _heard(layer) or (_heard(head) and not has_product):
        # A tap shows all RoIs.
        return head.roi_embed(pool_weighted(layer, feat, rois, weight))
    if not has_product:
        return _in_chunks(lambda *part: head.roi_embed(pool_weighted(layer, feat, *part)), (rois, weight), chunk, True)
    first, place = distinct_rois(layer.cells(rois) if hasattr(layer, 'cells') else rois)
    if len(first) == len(rois) and (chunk is None or len(rois) <= chunk):
        return head.roi_embed(pool_weighted(layer, feat, rois, weight))
    product = _in_chunks(lambda part: head.roi_product(layer(feat, part)), (rois[first],), chunk)
    return head.embed_product(product.index_select(0, place), weight)


def _heard(module: nn.Module) -> bool:
    """Whether somebody listens to a layer in it."""
    return any(layer._forward_hooks for layer in module.modules())


def _in_chunks(
    function: Callable[..., Tensor], args: tuple[Tensor, ...], chunk: int | None, random: bool = False
) -> Tensor:
    """Rows of ``function(*args)``, some at a time; for gradients it runs again, up to the last tensor they need."""
    if chunk is None or len(args[0]) <= chunk:
        return function(*args)
    parts = zip(*(x.split(chunk) for x in args), strict=True)
    return torch.cat([checkpoint(function, *part, use_reentrant=False, preserve_rng_state=random) for part in parts])
