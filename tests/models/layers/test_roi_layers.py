from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mlkd.models.layers import FastRCNNRoIPool, RoIAlign
from mlkd.models.layers.roi_layers import matconvnet_cells
from mlkd.registry import MODELS

LAYERS = ['RoIAlign', 'FastRCNNRoIPool']


def pool_by_hand(feat: Tensor, box: list[float], bins: int, scale: float) -> Tensor:
    """The rule of the specification for one map (H, W), in exact integers."""
    x1, y1, x2, y2 = (math.floor(c * scale + 0.5) for c in box)
    out = torch.zeros(bins, bins)
    for i in range(bins):
        for j in range(bins):
            (r0, r1), (c0, c1) = (
                (b * n // bins + start, -(-(b + 1) * n // bins) + start)
                for b, n, start in ((i, max(y2 - y1 + 1, 1), y1), (j, max(x2 - x1 + 1, 1), x1))
            )
            cells = feat[max(r0, 0) : max(r1, 0), max(c0, 0) : max(c1, 0)]
            out[i, j] = cells.max() if cells.numel() else 0
    return out


@pytest.mark.parametrize(
    ('box', 'wanted'),
    [
        ((0, 0, 95, 95), [21, 23, 33, 35]),
        ((20, 36, 70, 60), [20, 22, 26, 28]),
        ((40, 40, 44, 44), [21, 21, 21, 21]),
    ],
)
def test_spec_vectors(box: tuple, wanted: list) -> None:
    feat = (6 * torch.arange(6.0)[:, None] + torch.arange(6.0))[None, None]
    assert FastRCNNRoIPool(2)(feat, torch.tensor([[0.0, *box]])).flatten().tolist() == wanted


def test_every_extent_up_to_56_cells() -> None:
    """Extents of 29 and 58 cells are those that float64 gets wrong."""
    feat = torch.rand(1, 1, 60, 60)
    for extent in range(1, 57):
        box = [32.0, 16.0, 32 + 16.0 * (extent - 1), 16 + 16.0 * (extent - 1)]
        mine = FastRCNNRoIPool(7)(feat, torch.tensor([[0.0, *box]]))[0, 0]
        assert torch.equal(mine, pool_by_hand(feat[0, 0], box, 7, 1 / 16)), extent


def test_double_input_is_pooled_in_float32() -> None:
    feat = torch.arange(29.0).view(1, 1, 29, 1).expand(1, 1, 29, 29)
    rois = torch.tensor([[0.0, 0, 0, 448, 448]])
    assert torch.equal(FastRCNNRoIPool(7)(feat.double(), rois.double()).float(), FastRCNNRoIPool(7)(feat, rois))


def test_random_boxes(random_boxes) -> None:
    feat, boxes = torch.rand(1, 1, 20, 20), random_boxes(25, 320)
    mine = FastRCNNRoIPool(3)(feat, torch.cat([torch.zeros(25, 1), boxes], 1))
    for pooled, box in zip(mine, boxes, strict=True):
        assert torch.equal(pooled[0], pool_by_hand(feat[0, 0], box.tolist(), 3, 1 / 16))


def test_matconvnet_cells() -> None:
    """The formulas in 1-based pixels and cells, worked by hand: c = 1, 9, 640 and so on."""
    one_based = [[1, 9, 640, 33], [100, 100, 200, 200]]
    wanted = []
    for x1, y1, x2, y2 in one_based:
        first = [math.floor((c - 8.5 + 9.5) / 16 + 0.5) + 1 for c in (x1, y1)]
        last = [math.ceil((c - 8.5 - 9.5) / 16 - 0.5) + 1 for c in (x2, y2)]
        wanted.append([0, *(c - 1 for c in first + last)])
    rois = torch.cat([torch.zeros(2, 1), torch.tensor(one_based) - 1.0], 1)
    assert matconvnet_cells(rois).tolist() == wanted == [[0, 0, 1, 39, 1], [0, 6, 6, 11, 11]]


def test_matconvnet_pools_those_cells() -> None:
    feat = (20 * torch.arange(20.0)[:, None] + torch.arange(20.0))[None, None]
    pooled = FastRCNNRoIPool(1, rounding='matconvnet')(feat, torch.tensor([[0.0, 99, 99, 199, 199]]))
    assert pooled.item() == 20 * 11 + 11
    tiny = FastRCNNRoIPool(1, rounding='matconvnet')(feat, torch.tensor([[0.0, 99, 99, 101, 101]]))
    assert tiny.item() == 20 * 6 + 6  # a box smaller than a cell keeps its first one


def test_roi_align_of_a_plane_reads_the_centres() -> None:
    """Bilinear sampling of a linear map is exact: the mean of a bin is the value at its centre."""
    feat = (torch.arange(12.0)[:, None] * 10 + torch.arange(12.0))[None, None]
    out = RoIAlign(2, spatial_scale=0.5, sampling_ratio=2)(feat, torch.tensor([[0.0, 4, 4, 12, 16]]))
    x, y = (torch.tensor([2 + 1.0, 2 + 3.0]) - 0.5, torch.tensor([2 + 1.5, 2 + 4.5]) - 0.5)
    torch.testing.assert_close(out[0, 0], y[:, None] * 10 + x)


@pytest.mark.parametrize('name', LAYERS)
def test_no_rois_keep_the_graph(name: str) -> None:
    feat = torch.randn(1, 4, 5, 5, requires_grad=True)
    out = MODELS.build({'type': name, 'output_size': 3})(feat, torch.zeros(0, 5))
    assert out.shape == (0, 4, 3, 3)
    out.sum().backward()
    assert torch.equal(feat.grad, torch.zeros_like(feat))


@pytest.mark.parametrize('name', LAYERS)
def test_gradient_reaches_the_map(name: str) -> None:
    feat = torch.randn(2, 1, 6, 6, requires_grad=True)
    MODELS.build({'type': name, 'output_size': 2})(feat, torch.tensor([[1.0, 0, 0, 95, 95]])).sum().backward()
    assert feat.grad[0].abs().sum() == 0
    assert feat.grad[1].sum().item() == pytest.approx(4)


@pytest.mark.parametrize('name', LAYERS)
def test_autocast_does_not_touch_the_coordinates(name: str) -> None:
    feat = torch.randn(1, 2, 42, 42).bfloat16()
    rois = torch.tensor([[0.0, 301, 299, 653, 671]])
    layer = MODELS.build({'type': name, 'output_size': 7})
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = layer(feat, rois)
    assert out.dtype == torch.bfloat16
    assert torch.equal(out, layer(feat.float(), rois).bfloat16())


def test_cells_are_those_that_are_pooled() -> None:
    """Pooling the cells themselves at scale 1 gives the same, on a map without equal values."""
    below_half = math.nextafter(8.0, 0.0)
    edge = torch.tensor([[0.0, 0, 0, x, 40] for x in (7.9999995, 8.0, 8.0000005, 23.999998, 24.0, below_half, -8.0)])
    boxes = (torch.rand(300, 2, 2) * 90 - 20).sort(1).values.flatten(1)
    rois = torch.cat([edge, torch.cat([torch.zeros(300, 1), boxes], 1)])
    # Each bin's maximum names its last row and column, each of -feat its first ones.
    feat = torch.arange(100.0).view(1, 1, 10, 10)
    layer = FastRCNNRoIPool(7)
    cells = layer.cells(rois)
    assert torch.equal(cells, cells.round())
    pooled = torch.cat([layer(feat, rois), layer(100 - feat, rois)], 1).flatten(1)
    on_the_map = FastRCNNRoIPool(7, spatial_scale=1.0)
    again = torch.cat([on_the_map(feat, cells), on_the_map(100 - feat, cells)], 1).flatten(1)
    assert torch.equal(pooled, again)
    assert cells[:7, 3].tolist() == [0, 1, 1, 1, 2, 1, -1]


def test_cells_of_other_layers() -> None:
    rois = torch.tensor([[1.0, 99, 99, 199, 199]])
    assert torch.equal(RoIAlign(7).cells(rois), rois)
    assert torch.equal(FastRCNNRoIPool(7, rounding='matconvnet').cells(rois), matconvnet_cells(rois))


def test_matconvnet_cells_of_vgg_f() -> None:
    """Its first cell's centre is pixel 18: by hand for boxes at the border and inside of an image of 480 pixels."""
    one_based = [[1, 1, 480, 480], [100, 230, 200, 260]]
    wanted = []
    for x1, y1, x2, y2 in one_based:
        first = [math.floor((c - 18 + 9.5) / 16 + 0.5) for c in (x1, y1)]
        last = [math.ceil((c - 18 - 9.5) / 16 - 0.5) for c in (x2, y2)]
        wanted.append([0, *first, *last])
    rois = torch.cat([torch.zeros(2, 1), torch.tensor(one_based) - 1.0], 1)
    assert matconvnet_cells(rois, first_centre=18).tolist() == wanted == [[0, 0, 0, 28, 28], [0, 6, 14, 11, 15]]
    feat = (30 * torch.arange(29.0)[:, None] + torch.arange(29.0))[None, None]
    layer = FastRCNNRoIPool(1, rounding='matconvnet', first_centre=18)
    assert layer.cells(rois).tolist() == wanted
    assert layer(feat, rois).flatten().tolist() == [30 * 28 + 28, 30 * 15 + 11]
