"""The stand-in against MMCV's compiled operators; runs where these are installed, on each device that has them."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import torch
from torch import Tensor

from mlkd.compat import ops_in_use, stand_in

COMPILED = set(ops_in_use().values()) == {'compiled'}
pytestmark = pytest.mark.skipif(not COMPILED, reason='MMCV has no compiled operators here')
DEVICES = ['cpu', pytest.param('cuda', marks=pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU'))]


@pytest.fixture
def compiled() -> ModuleType:
    return sys.modules['mmcv._ext']


def rois_and_map(device: str, dtype: torch.dtype = torch.float32, n: int = 40) -> tuple[Tensor, Tensor]:
    """Boxes in, across and outside the view of a map of stride 16; the last has no area."""
    generator = torch.Generator().manual_seed(0)
    feat = torch.randn(2, 3, 13, 17, generator=generator)
    centres = torch.rand(n, 2, generator=generator) * torch.tensor([300.0, 240.0]) - 20
    sides = torch.rand(n, 2, generator=generator) * 200
    sides[-1] = 0
    index = torch.randint(2, (n, 1), generator=generator).float()
    rois = torch.cat([index, centres - sides / 2, centres + sides / 2], 1)
    return rois.to(device, dtype), feat.to(device, dtype)


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('sampling_ratio', [0, 2])
def test_roi_align(compiled: ModuleType, device: str, dtype: torch.dtype, aligned: bool, sampling_ratio: int) -> None:
    rois, feat = rois_and_map(device, dtype)
    words = (7, 7, 1 / 16, sampling_ratio, 1, aligned)
    outputs, gradients = [], []
    for module in (compiled, stand_in):
        output, gradient = feat.new_zeros(len(rois), 3, 7, 7), torch.zeros_like(feat)
        module.roi_align_forward(feat, rois, output, feat.new_zeros(0), feat.new_zeros(0), *words)
        signal = torch.linspace(-1, 1, output.numel(), dtype=dtype, device=device).view_as(output)
        module.roi_align_backward(signal, rois, feat.new_zeros(0), feat.new_zeros(0), gradient, *words)
        outputs.append(output)
        gradients.append(gradient)
    torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="MMCV's RoIPool is compiled for GPUs alone")
def test_roi_pool(compiled: ModuleType) -> None:
    rois, feat = rois_and_map('cuda')
    outputs, gradients = [], []
    for module in (compiled, stand_in):
        output, gradient = feat.new_zeros(len(rois), 3, 7, 7), torch.zeros_like(feat)
        argmax = torch.zeros_like(output, dtype=torch.int)
        module.roi_pool_forward(feat, rois, output, argmax, 7, 7, 1 / 16)
        signal = torch.linspace(-1, 1, output.numel(), device='cuda').view_as(output)
        module.roi_pool_backward(signal, rois, argmax, gradient, 7, 7, 1 / 16)
        outputs.append(output)
        gradients.append(gradient)
    torch.testing.assert_close(*outputs, rtol=0, atol=0)
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('n', [0, 1, 300])
def test_nms(compiled: ModuleType, device: str, offset: int, n: int) -> None:
    generator = torch.Generator().manual_seed(n)
    boxes = (torch.rand(n, 4, generator=generator) * 60).to(device)
    boxes[:, 2:] += boxes[:, :2]
    scores = torch.rand(n, generator=generator).to(device)
    ours, theirs = (module.nms(boxes, scores, 0.4, offset) for module in (stand_in, compiled))
    assert ours.tolist() == theirs.tolist()
