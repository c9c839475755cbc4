# MSRN as the student: teacher MobileNet v1 0.75 at 320, student MobileNet v1 0.25 at 224 with MSRN's three taps.
_base_ = './wsddn_mobilenetv1_voc07.py'

_file = 'data/label_graph/voc07.npz'
models = {
    'student': {
        'backbone': {'out_indices': (4, 10, 12)},
        'neck': {'_delete_': True, 'type': 'TapProjection', 'in_channels': (64, 128, 256), 'out_channels': 128},
        'head': {
            '_delete_': True,
            'type': 'MSRNHead',
            'labels': {'type': 'LabelTable', 'classes': 'voc', 'counts': _file, 'vectors': _file},
            'in_channels': 128,
            'fc_channels': 128,
            'hidden_channels': 128,
            'pool_ratio': 0.2,
            'mlp_channels': 256,
            'group_weight': 2e-3,
            'loss_cls': {'type': 'SigmoidBCE'},
        },
    }
}
# Rates of the student's parts and epochs in all as in configs/msrn/msrn_mobilenetv1_voc07.py. The teacher is that of
# the plain student.
_factors = {'neck': 5, 'neck.buffer_convs': 1, 'head.encoder': 5, 'head.predictor': 5}
_keys = {name: {'lr_mult': factor} for name, factor in _factors.items()}


def _epochs(count: int) -> dict:
    return {
        'optim_wrapper': {'paramwise_cfg': {'custom_keys': _keys}},
        'train_cfg': {'max_epochs': count, 'val_interval': count},
        'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True}],
    }


feature = _epochs(3)
student = {**_epochs(7), 'table_row': 'MSRN (w/)'}
# With the teacher's loss beside its own the first steps overflow.
student['optim_wrapper'] = {**student['optim_wrapper'], 'clip_grad': {'max_norm': 20}}
baseline = {**_epochs(10), 'table_row': 'MSRN (w/o)'}
