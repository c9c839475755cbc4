# Query2Label on ResNet-101: all batch norm frozen, stem and first stage too.
_base_ = './r101_student.py'

models = {
    'student': {
        'backbone': {'frozen_stages': 1, 'norm_cfg': {'type': 'BN', 'requires_grad': False}, 'norm_eval': True},
        'neck': {'type': 'LastMap'},
        'head': {
            '_delete_': True,
            'type': 'LabelQueryHead',
            'num_classes': 80,
            'in_channels': 2048,
            'loss_cls': {'type': 'AsymmetricLoss'},
        },
    }
}
