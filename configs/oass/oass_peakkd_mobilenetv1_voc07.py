# Teacher MobileNet v1 0.75 that OASS trains, student MobileNet v1 0.25: features around the peaks of the teacher's
# class maps, then its predictions. Nobody needs proposals.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/mobilenetv1_student.py',
    '../_base_/recipes/oass_kd.py',
]

models = {
    'teacher': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': _base_.models.student.data_preprocessor,
        'backbone': {
            'type': 'MobileNetV1',
            'width': 0.75,
            'output_stride': 16,
            'init_cfg': {'type': 'WeightFile', 'checkpoint': 'mobilenet_v1_0.75_224.pt'},
        },
        'neck': {'type': 'LastMap'},
        'head': {'type': 'CAMHead', 'num_classes': 20, 'in_channels': 768, 'csi': 'moments'},
        'test_cfg': {'class_maps': True},
    },
}
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader


def _epochs(count: int, rate: float = 1e-3) -> dict:
    """The rate is that of the student without a teacher in wsddn_mobilenetv1_voc07.py."""
    return {
        'optim_wrapper': {
            'type': 'OptimWrapper',
            'optimizer': {'type': 'SGD', 'lr': rate, 'momentum': 0.9, 'weight_decay': 5e-4},
            'paramwise_cfg': {'custom_keys': {'head.': {'lr_mult': 10}}},
        },
        'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True}],
        'train_cfg': {'by_epoch': True, 'max_epochs': count, 'val_interval': count},
    }


# Losses of class maps are means over the classes, and their rates the higher.
teacher = _epochs(15, 1e-2)
feature = {
    **_epochs(10),
    'model': {'terms': {'feature': {'student_channels': 256, 'teacher_channels': 768, 'loss_weight': 0.01}}},
}
student = _epochs(20)
distillation = _epochs(30)
baseline = _epochs(30)
