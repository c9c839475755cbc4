"""The stand-in against MMCV's compiled operators; runs where these are installed, on each device that has them."""

from __future__ import annotations

import sys
from types import ModuleType

import mmcv.ops
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


@pytest.fixture
def boxes_of_classes() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    boxes = torch.rand(200, 4, generator=generator) * 60
    boxes[:, 2:] += boxes[:, :2]
    return boxes, torch.rand(200, generator=generator), torch.randint(5, (200,), generator=generator)


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


@pytest.mark.parametrize('device', DEVICES)
def test_roi_align_of_no_boxes(compiled: ModuleType, device: str) -> None:
    rois, feat = rois_and_map(device, n=1)
    words = (7, 7, 1 / 16, 0, 1, True)
    for module in (compiled, stand_in):
        output, gradient = feat.new_zeros(0, 3, 7, 7), torch.zeros_like(feat)
        module.roi_align_forward(feat, rois[:0], output, feat.new_zeros(0), feat.new_zeros(0), *words)
        module.roi_align_backward(output, rois[:0], feat.new_zeros(0), feat.new_zeros(0), gradient, *words)
        assert not gradient.any()


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


@pytest.mark.parametrize('class_agnostic', [True, False])
@pytest.mark.parametrize('split_thr', [10000, 50])
def test_batched_nms(
    boxes_of_classes: tuple[Tensor, Tensor, Tensor],
    class_agnostic: bool,
    split_thr: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All classes at once, and class by class as MMCV does for many boxes."""
    words = {'type': 'nms', 'iou_threshold': 0.5, 'split_thr': split_thr}
    theirs, their_keep = mmcv.ops.batched_nms(*boxes_of_classes, dict(words), class_agnostic)
    monkeypatch.setattr(sys.modules['mmcv.ops.nms'], 'ext_module', stand_in.make_module())
    ours, our_keep = mmcv.ops.batched_nms(*boxes_of_classes, dict(words), class_agnostic)
    assert 5 < len(their_keep) < 200
    assert our_keep.tolist() == their_keep.tolist()
    assert torch.equal(ours, theirs)
