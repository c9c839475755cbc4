# The small student plain, with ML-GCN on a global maximum, and with MSRN's taps at strides 8, 16 and 32 under both of
# its predictors. The first tap lies at the end of what is frozen: the features that are kept serve all four.
# The loss is summed over the labels, as that of the plain student and of its teachers; so is the weight of the groups.
_base_ = './mobilenetv1_student.py'

_file = 'data/label_graph/voc07.npz'
_labels = {'type': 'LabelTable', 'classes': 'voc', 'counts': _file, 'vectors': _file}
_network = _base_.models.student
_msrn = {
    **_network,
    'backbone': {**_network.backbone, 'out_indices': (4, 10, 12)},
    'neck': {'type': 'TapProjection', 'in_channels': (64, 128, 256), 'out_channels': 128},
}
_head = {
    'type': 'MSRNHead',
    'labels': _labels,
    'in_channels': 128,
    'fc_channels': 128,
    'hidden_channels': 128,
    'pool_ratio': 0.2,
    'mlp_channels': 256,
    'group_weight': 2e-3,
    'loss_cls': {'type': 'SigmoidBCE'},
}
models = {
    'mlgcn': {
        **_network,
        'neck': {'type': 'GlobalMaxPool'},
        'head': {
            'type': 'MLGCNHead',
            'labels': _labels,
            'in_channels': 256,
            'hidden_channels': 256,
            'loss_cls': {'type': 'SigmoidBCE'},
        },
    },
    'msrn': {**_msrn, 'head': {**_head, 'predictor': 'mlp'}},
    'msrn_elementwise': {**_msrn, 'head': {**_head, 'predictor': 'elementwise'}},
}
