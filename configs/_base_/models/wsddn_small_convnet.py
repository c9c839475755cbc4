# From scratch on 128 x 128 images: a teacher that sees all pixels, a student that sees a quarter of them.
_base_ = './small_convnet_student.py'

models = {
    'teacher': {
        'type': 'WSDDN',
        'data_preprocessor': {**_base_.models.student.data_preprocessor, 'size': 128},
        'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 2), (128, 1))},
        'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 1 / 8},
        'roi_head': {'type': 'PooledFC', 'in_channels': 128, 'dropout': 0.0},
        # All proposals have score 1.
        'score_scale': 0.0,
        'score_bias': 1.0,
        'bbox_head': {'type': 'WSDDNHead', 'num_classes': 24, 'in_channels': 128},
        'test_cfg': {'score_thr': 1e-3, 'nms': {'type': 'nms', 'iou_threshold': 0.4}, 'max_per_img': 100},
    },
}
