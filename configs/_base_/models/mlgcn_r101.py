# ML-GCN. The labels (classes, counts, vectors) are to be those of the data set. 44.90 M parameters.
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
            'depth': 101,
            'out_indices': (3,),
            'norm_eval': False,
            'zero_init_residual': False,
            'init_cfg': {
                'type': 'WeightFile',
                'checkpoint': 'https://download.pytorch.org/models/resnet101-5d3b4d8f.pth',
                'ignore': ['fc.'],
            },
        },
        'neck': {'type': 'GlobalMaxPool'},
        'head': {
            'type': 'MLGCNHead',
            'labels': {'type': 'LabelTable', 'classes': 'voc'},
            'in_channels': 2048,
            'hidden_channels': 1024,
        },
    }
}
