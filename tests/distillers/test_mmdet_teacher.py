"""Any detector of MMDetection's can teach features, through its own preprocessor."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.registry import DefaultScope

from mlkd.distillers import Distiller, FrameBatch
from mlkd.registry import MODELS

RETINANET = {
    'type': 'RetinaNet',
    'data_preprocessor': {'type': 'DetDataPreprocessor', 'mean': [123.7, 116.3, 103.5], 'std': [58.4, 57.1, 57.4]},
    'backbone': {'type': 'ResNet', 'depth': 18, 'base_channels': 8, 'out_indices': (0, 1, 2, 3)},
    'neck': {'type': 'FPN', 'in_channels': [8, 16, 32, 64], 'out_channels': 16, 'num_outs': 5},
    'bbox_head': {
        'type': 'RetinaHead',
        'num_classes': 2,
        'in_channels': 16,
        'feat_channels': 16,
        'stacked_convs': 1,
        'anchor_generator': {
            'type': 'AnchorGenerator',
            'octave_base_scale': 4,
            'scales_per_octave': 1,
            'ratios': [1.0],
            'strides': [8, 16, 32, 64, 128],
        },
    },
}


def test_retinanet_gives_hints(student_cfg: dict, batch: FrameBatch, tmp_path: Path) -> None:
    path = tmp_path / 'retinanet.pth'
    with DefaultScope.overwrite_default_scope('mlkd'):
        torch.save(MODELS.build(RETINANET).state_dict(), path)
    term = {
        'type': 'FitNets',
        'teacher': 'det',
        'layers': [('backbone.blocks.12', 'backbone.layer4')],
        'student_channels': 256,
        'teacher_channels': 64,
    }
    teachers = {'det': {'model': RETINANET, 'checkpoint': str(path)}}
    model = Distiller(student_cfg, teachers, {'hint': term}).train()
    before = [dict(sample.metainfo_items()) for sample in batch.samples]
    losses = model(batch.inputs, batch.samples, mode='loss')
    sum(losses.values()).backward()
    assert set(losses) == {'task.loss_cls', 'hint.loss'}
    assert model.terms['hint'].adapters[0].layer.weight.grad.abs().sum() > 0
    # Their preprocessor writes into what it is given; the batch must not notice.
    assert [dict(sample.metainfo_items()) for sample in batch.samples] == before
    assert not any(module._forward_hooks for module in model.teachers['det'].network.modules())
