# MobileNet v1 0.25 at 224, for two CPU cores: what the first blocks, frozen, make of an image is computed once.
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 224,
            'mean': [127.5, 127.5, 127.5],
            'std': [127.5, 127.5, 127.5],
            'bgr_to_rgb': True,
            'resample': 'half_pixel_antialias',
            'channels_last': True,
        },
        'backbone': {
            'type': 'MobileNetV1',
            'width': 0.25,
            'frozen_stages': 5,
            'init_cfg': {'type': 'WeightFile', 'checkpoint': 'mobilenet_v1_0.25_224.pt'},
        },
        'feature_cache': 'work_dirs/features',
        'neck': {'type': 'GlobalPool'},
        'head': {'type': 'MultiLabelHead', 'num_classes': 20, 'in_channels': 256},
    }
}
