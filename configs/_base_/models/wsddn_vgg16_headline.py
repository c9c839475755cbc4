# T-WDet with RoIAlign, and its student: VGG16 with Caffe's ImageNet weights, 672 frames, five sides in training.
_base_ = './vgg16_student.py'

models = {
    'teacher': {
        'type': 'WSDDN',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 672,
            'mean': [103.52, 116.28, 123.675],
            'resample': 'half_pixel',
            # Sides 480, 576, 672, 736, 832: factors are rounded up so that truncation hits them.
            'batch_scales': [0.714286, 0.857143, 1, 1.095239, 1.238096],
        },
        'backbone': {'type': 'VGG16', 'init_cfg': {'type': 'WeightFile', 'checkpoint': 'vgg16-00b39a1b.pth'}},
        'roi_extractor': {'type': 'RoIAlign', 'output_size': 7, 'spatial_scale': 1 / 16},
        'roi_head': {'type': 'FC67', 'init_cfg': {'type': 'WeightFile', 'checkpoint': 'vgg16-00b39a1b.pth'}},
        # Memory for the grids of so many RoIs, whatever the batch.
        'roi_chunk': 512,
        # For scores well below 1, as EdgeBoxes gives; (1, 0) where all are 1.
        'score_scale': 10.0,
        'score_bias': 1.0,
        'bbox_head': {'type': 'WSDDNHead', 'num_classes': 80, 'in_channels': 4096},
        'test_cfg': {'score_thr': 1e-3, 'nms': {'type': 'nms', 'iou_threshold': 0.4}, 'max_per_img': 100},
    },
    'student': {'data_preprocessor': {'box_rounding': 'none'}},
}
