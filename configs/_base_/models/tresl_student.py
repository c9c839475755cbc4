# TResNet-L, of timm (pip install mlkd[timm]), average pooling; its weights take values 0 to 1.
_base_ = './r101_student.py'

models = {
    'student': {
        'backbone': {'_delete_': True, 'type': 'TimmBackbone', 'name': 'tresnet_l.miil_in1k_448', 'pretrained': True},
        'head': {'in_channels': 2432},
    }
}
