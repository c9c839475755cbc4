# ResNet-101, global average pooling. Values 0 to 1 without normalisation, as CPSD trains; to normalise:
# --cfg-options models.student.data_preprocessor.mean=[123.675,116.28,103.53] ...std=[58.395,57.12,57.375].
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {'type': 'ViewPreprocessor', 'std': [255.0, 255.0, 255.0], 'bgr_to_rgb': True},
        'backbone': {
            'type': 'ResNet',
            'depth': 101,
            'out_indices': (3,),
            'norm_eval': False,
            'init_cfg': {'type': 'WeightFile', 'checkpoint': 'torchvision://resnet101', 'ignore': ['fc.']},
        },
        'neck': {'type': 'GlobalPool'},
        'head': {
            'type': 'MultiLabelHead',
            'num_classes': 80,
            'in_channels': 2048,
            'loss_cls': {'type': 'AsymmetricLoss'},
        },
    }
}
