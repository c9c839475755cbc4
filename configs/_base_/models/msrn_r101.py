# MSRN: three taps of ResNet-101, the predictor of the released code. Labels and pool_ratio are to be the data set's.
_base_ = './mlgcn_r101.py'

models = {
    'student': {
        'backbone': {'out_indices': (1, 2, 3)},
        'neck': {'_delete_': True, 'type': 'TapProjection', 'in_channels': (512, 1024, 2048), 'out_channels': 512},
        'head': {
            '_delete_': True,
            'type': 'MSRNHead',
            'labels': {'type': 'LabelTable', 'classes': 'voc'},
            'in_channels': 512,
            'predictor': 'mlp',
            'label_chunk': 4,
        },
    }
}
