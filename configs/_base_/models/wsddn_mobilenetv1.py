# Teacher MobileNet v1 0.75, frozen, with a light RoI head on its last map (stride 32), student MobileNet v1 0.25.
# Linear streams on the mean of a box score the smallest box around a telling spot best, so the detection stream sees
# what a box has and its surroundings have not.
_base_ = './mobilenetv1_student.py'

models = {
    'teacher': {
        'type': 'WSDDN',
        'data_preprocessor': {**_base_.models.student.data_preprocessor, 'size': 320},
        'backbone': {
            'type': 'MobileNetV1',
            'width': 0.75,
            'frozen_stages': 13,
            'init_cfg': {'type': 'WeightFile', 'checkpoint': 'mobilenet_v1_0.75_224.pt'},
        },
        'feature_cache': 'work_dirs/features',
        'roi_extractor': {'type': 'RoIMeanAndRing', 'spatial_scale': 1 / 32},
        'roi_head': {'type': 'RoIContrast', 'dropout': 0.5},
        # Scores are ranks: 1 for the first proposal, falling to 0.
        'score_scale': 1.0,
        'score_bias': 0.0,
        'bbox_head': {'type': 'WSDDNHead', 'num_classes': 20, 'in_channels': 768, 'halves': True},
        'test_cfg': {'score_thr': 1e-3, 'nms': {'type': 'nms', 'iou_threshold': 0.4}, 'max_per_img': 100},
    }
}
