"""Taps to maps of one width."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mlkd.errors import ConfigError
from mlkd.models.necks import TapProjection


def test_buffer_pool_projection() -> None:
    torch.manual_seed(0)
    neck = TapProjection((4, 6, 8), 5)
    maps = [torch.randn(2, c, n, n) for c, n in ((4, 9), (6, 4), (8, 2))]
    found = neck(maps)
    assert [tuple(x.shape) for x in found] == [(2, 5, 4, 4), (2, 5, 2, 2), (2, 5, 1, 1)]
    for s, level in enumerate(maps):
        if s < 2:
            conv = neck.buffer_convs[s]
            level = F.conv2d(level, conv.weight, conv.bias)  # type: ignore[arg-type]
        level = F.max_pool2d(level, 2, 2)
        project = neck.projections[s]
        torch.testing.assert_close(found[s], F.conv2d(level, project.weight, project.bias))  # type: ignore[arg-type]


def test_shapes_of_the_specification() -> None:
    """What the pools give at 448 x 448, as the projections are of the same height and width."""
    neck = TapProjection()
    sizes = ((512, 56), (1024, 28), (2048, 14))
    pooled = [neck.pool(torch.empty(1, c, n, n)) for c, n in sizes]
    assert [tuple(x.shape) for x in pooled] == [(1, 512, 28, 28), (1, 1024, 14, 14), (1, 2048, 7, 7)]


def test_buffers_begin_as_convolutions_of_a_resnet() -> None:
    torch.manual_seed(0)
    conv = TapProjection((200, 8), 4).buffer_convs[0]
    assert conv.weight.std().item() == pytest.approx((2 / 200) ** 0.5, rel=0.02)  # type: ignore[union-attr, operator]
    assert conv.bias.abs().max() > 0  # type: ignore[union-attr, operator]


def test_grids_of_rois_are_averaged() -> None:
    grids = torch.randn(3, 8, 7, 7)
    torch.testing.assert_close(TapProjection((4, 8), 5).roi_embed(grids), grids.mean((2, 3)))


def test_another_number_of_maps_and_maps_that_are_too_small() -> None:
    neck = TapProjection((4, 8), 5)
    with pytest.raises(ConfigError, match='number of maps'):
        neck([torch.randn(1, 8, 4, 4)])
    with pytest.raises(ConfigError, match='too small'):
        neck([torch.randn(1, 4, 2, 2), torch.randn(1, 8, 1, 1)])
