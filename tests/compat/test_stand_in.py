"""The stand-in for MMCV's compiled operators."""

from __future__ import annotations

import sys

import mmcv.ops
import mmdet.models
import pytest
import torch
import torchvision
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData

from mlkd.compat import OpNotCompiledError, ops_in_use, stand_in

# MMCV has no compiled RoIPool for CPUs.
no_compiled_pool = pytest.mark.skipif(
    'compiled' in ops_in_use().values(), reason='the compiled RoIPool is in use, which is for GPUs alone'
)
ROIS = torch.tensor([[0, 1.0, 2.0, 13.0, 11.0], [1, 0.0, 0.0, 15.0, 15.0]], dtype=torch.float64)


@pytest.mark.parametrize('kind', ['align', pytest.param('pool', marks=no_compiled_pool)])
def test_gradients_by_finite_differences(kind: str) -> None:
    layer = mmcv.ops.RoIAlign(3, 0.5, 2) if kind == 'align' else mmcv.ops.RoIPool(3, 0.5)
    feat = torch.randperm(2 * 2 * 8 * 8, generator=torch.Generator().manual_seed(0)).double().view(2, 2, 8, 8)
    assert torch.autograd.gradcheck(lambda x: layer(x, ROIS), feat.requires_grad_(), eps=1e-4)


@pytest.mark.skipif('compiled' in ops_in_use().values(), reason='compiled operators do not know bfloat16 on CPUs')
@pytest.mark.parametrize('layer', [mmcv.ops.RoIAlign(3, 0.5, 2), mmcv.ops.RoIPool(3, 0.5)])
def test_bfloat16_as_autocast_gives_it(layer: torch.nn.Module) -> None:
    feat = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0)).bfloat16()
    found = []
    for dtype in (torch.bfloat16, torch.float32):
        x = feat.to(dtype, copy=True).requires_grad_()
        out = layer(x, ROIS.to(dtype))
        out.square().sum().backward()
        assert out.dtype == x.grad.dtype == dtype
        found.append((out.float(), x.grad.float()))
    torch.testing.assert_close(*found, rtol=2e-2, atol=2e-2)


@no_compiled_pool
def test_roi_pool_by_hand() -> None:
    feat = torch.arange(16.0).view(1, 1, 4, 4)
    out = mmcv.ops.RoIPool(2, 1.0)(feat, torch.tensor([[0, 0.0, 0.0, 3.0, 3.0]]))
    torch.testing.assert_close(out, torch.tensor([[[[5.0, 7.0], [13.0, 15.0]]]]))


def test_nms_offset_counts_whole_pixels() -> None:
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 5, 9, 14]])
    assert len(stand_in.nms(boxes, torch.tensor([0.9, 0.8]), 0.3, offset=0)) == 2
    assert len(stand_in.nms(boxes, torch.tensor([0.9, 0.8]), 0.3, offset=1)) == 1


def test_nms_equals_torchvision() -> None:
    torch.manual_seed(0)
    boxes = torch.rand(50, 4) * 20
    boxes[:, 2:] += boxes[:, :2] + 1
    scores = torch.rand(50)
    keep = mmcv.ops.nms(boxes, scores, 0.4)[1]
    assert keep.tolist() == torchvision.ops.nms(boxes, scores, 0.4).tolist()


def test_other_operators_say_what_to_do() -> None:
    with pytest.raises(OpNotCompiledError, match=r'(?s)deform_conv_forward.*pip install'):
        stand_in.make_module().deform_conv_forward()


def test_soft_nms_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules['mmcv.ops.nms'], 'ext_module', stand_in.make_module())
    with pytest.raises(OpNotCompiledError, match='softnms'):
        mmcv.ops.soft_nms(torch.tensor([[0.0, 0, 9, 9]]), torch.ones(1))


def test_maximum_of_roi_align_is_refused_before_it_could_be_an_average() -> None:
    feat, empty = torch.ones(1, 1, 4, 4), torch.zeros(0)
    with pytest.raises(OpNotCompiledError, match="pool_mode='max'"):
        stand_in.roi_align_forward(feat, ROIS[:1].float(), torch.zeros(1, 1, 2, 2), empty, empty, 2, 2, 1.0, 0, 0, True)


def test_faster_rcnn_trains_a_step_and_predicts() -> None:
    base = Config.fromfile(f'{mmdet.__path__[0]}/.mim/configs/_base_/models/faster-rcnn_r50_fpn.py').model
    base.backbone.update(depth=18, init_cfg=None)
    base.neck.in_channels = [64, 128, 256, 512]
    with DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(base)
    sample = DetDataSample(metainfo={'img_shape': (64, 64), 'ori_shape': (64, 64), 'scale_factor': (1.0, 1.0)})
    sample.gt_instances = InstanceData(bboxes=torch.tensor([[5.0, 5, 40, 40]]), labels=torch.tensor([1]))
    data = model.data_preprocessor({'inputs': [torch.randint(0, 256, (3, 64, 64)).byte()], 'data_samples': [sample]})
    with DefaultScope.overwrite_default_scope('mmdet'):
        losses, _ = model.parse_losses(model(**data, mode='loss'))
        losses.backward()
        assert model.roi_head.bbox_head.shared_fcs[0].weight.grad is not None
        assert 'pred_instances' in model.eval()(**data, mode='predict')[0]
