# SqueezeNet 1.0 at 224, global average pooling.
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 224,
            'mean': [123.675, 116.28, 103.53],
            'std': [58.395, 57.12, 57.375],
            'bgr_to_rgb': True,
            'resample': 'half_pixel_antialias',
            'channels_last': True,
        },
        'backbone': {'type': 'SqueezeNet', 'init_cfg': {'type': 'WeightFile', 'checkpoint': 'squeezenet1_0.pt'}},
        'neck': {'type': 'GlobalPool'},
        'head': {'type': 'MultiLabelHead', 'num_classes': 20, 'in_channels': 512},
    }
}
