"""Tiny detectors of MMDetection with random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

_COMMON = """
default_scope = 'mmdet'
preprocessor = dict(type='DetDataPreprocessor', mean=[100.0] * 3, std=[50.0] * 3, pad_size_divisor=32)
backbone = dict(type='ResNet', depth=18, base_channels=8, num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1),
                out_indices=(2,), norm_eval=True, init_cfg=dict(type='Pretrained', checkpoint='not/there.pth'))
anchors = dict(type='AnchorGenerator', scales=[2, 4], ratios=[0.5, 1.0, 2.0], strides=[16])
coder = dict(type='DeltaXYWHBBoxCoder')
rpn_head = dict(type='RPNHead', in_channels=32, feat_channels=16, anchor_generator=anchors, bbox_coder=coder,
                loss_cls=dict(type='CrossEntropyLoss', use_sigmoid=True), loss_bbox=dict(type='L1Loss'))
rpn_test = dict(nms_pre=200, max_per_img=60, nms=dict(type='nms', iou_threshold=0.7), min_bbox_size=0)
pipeline = [dict(type='LoadImageFromFile', backend_args=None), dict(type='Resize', scale=(160, 128), keep_ratio=True),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='PackDetInputs',
                 meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'))]
test_dataloader = dict(dataset=dict(type='CocoDataset', pipeline=pipeline))
"""
_MODELS = {
    'faster': """
model = dict(type='FasterRCNN', data_preprocessor=preprocessor, backbone=backbone, rpn_head=rpn_head,
    roi_head=dict(type='StandardRoIHead',
        bbox_roi_extractor=dict(type='SingleRoIExtractor', out_channels=32, featmap_strides=[16],
            roi_layer=dict(type='RoIAlign', output_size=3, sampling_ratio=0)),
        bbox_head=dict(type='Shared2FCBBoxHead', in_channels=32, fc_out_channels=16, roi_feat_size=3, num_classes=4,
            bbox_coder=coder, loss_cls=dict(type='CrossEntropyLoss'), loss_bbox=dict(type='L1Loss'))),
    train_cfg=None, test_cfg=dict(rpn=rpn_test,
        rcnn=dict(score_thr=0.01, nms=dict(type='nms', iou_threshold=0.5), max_per_img=400))
)
""",
    'rpn': """
model = dict(type='RPN', data_preprocessor=preprocessor, backbone=backbone, neck=None, rpn_head=rpn_head,
    train_cfg=None, test_cfg=dict(rpn=rpn_test))
""",
    'retina': """
model = dict(type='RetinaNet', data_preprocessor=preprocessor, backbone=backbone, neck=None,
    bbox_head=dict(type='RetinaHead', num_classes=4, in_channels=32, feat_channels=16, stacked_convs=1,
        anchor_generator=anchors, bbox_coder=coder, loss_cls=dict(type='FocalLoss'), loss_bbox=dict(type='L1Loss')),
    test_cfg=dict(nms_pre=1000, min_bbox_size=0, score_thr=0.001, nms=dict(type='nms', iou_threshold=0.5),
        max_per_img=300))
""",
}


def write_detector(folder: Path, kind: str) -> tuple[str, str]:
    """Write ``KIND.py`` and ``KIND.pth``; gives both paths. Weights of the same part are the same for all kinds."""
    config = folder / f'{kind}.py'
    config.write_text(_COMMON + _MODELS[kind])
    with DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(Config.fromfile(config).model)
    for name, value in sorted(model.state_dict().items()):
        if value.is_floating_point() and not name.endswith(('running_mean', 'running_var')):
            part = name.replace('rpn_head', 'bbox_head') if kind == 'faster' and 'roi_head' not in name else name
            seed = sum(ord(letter) * (place + 1) for place, letter in enumerate(part))
            random = torch.Generator().manual_seed(seed)
            scale = 0.1 if value.dim() == 1 else (2 / value[0].numel()) ** 0.5
            scale *= 0.03 if 'reg' in name or 'cls' in name else 1
            value.copy_(torch.randn(value.shape, generator=random) * scale + ('bn' in name and 'weight' in name))
    checkpoint = folder / f'{kind}.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {'epoch': 1}}, checkpoint)
    return str(config), str(checkpoint)
