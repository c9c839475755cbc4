# S-Cls: VGG16 with Caffe's ImageNet weights at 224; the view is resampled from a 672 frame on the corner-aligned grid.
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 224,
            'mean': [103.52, 116.28, 123.675],
            'resample': 'corner_aligned',
            'box_rounding': 'floor',
        },
        'backbone': {'type': 'VGG16', 'init_cfg': {'type': 'WeightFile', 'checkpoint': 'vgg16-00b39a1b.pth'}},
        'neck': {'type': 'VGGNeck', 'init_cfg': {'type': 'WeightFile', 'checkpoint': 'vgg16-00b39a1b.pth'}},
        'head': {'type': 'MultiLabelHead', 'num_classes': 80, 'in_channels': 4096},
    }
}
