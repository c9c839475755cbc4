# ResNet-50 of output stride 16 without dilation, class maps, class-specific instances: 23,671,872 parameters.
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'mean': [123.675, 116.28, 103.53],
            'std': [58.395, 57.12, 57.375],
            'bgr_to_rgb': True,
        },
        'backbone': {
            'type': 'ResNet',
            'depth': 50,
            'strides': (1, 2, 2, 1),
            'dilations': (1, 1, 1, 1),
            'out_indices': (3,),
            'frozen_stages': -1,
            'norm_eval': False,
            'style': 'pytorch',
            'init_cfg': {'type': 'WeightFile', 'checkpoint': 'torchvision://resnet50', 'ignore': ['fc.']},
        },
        'neck': {'type': 'LastMap'},
        'head': {'type': 'CAMHead', 'num_classes': 20, 'in_channels': 2048, 'csi': 'moments'},
    }
}
