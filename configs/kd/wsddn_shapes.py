# Drawn images, both networks from scratch: teacher, both stages of distillation, and the student without a teacher.
# Minutes on two CPU cores.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/shapes.py',
    '../_base_/models/wsddn_small_convnet.py',
]


def _epochs(count: int) -> dict:
    """A rate that warms up for 100 batches and then falls to 0 along a cosine."""
    return {
        'optim_wrapper': {
            'type': 'OptimWrapper',
            'optimizer': {'type': 'AdamW', 'lr': 5e-3, 'weight_decay': 1e-4},
            'paramwise_cfg': {'norm_decay_mult': 0.0},
            'clip_grad': {'max_norm': 10},
        },
        'param_scheduler': [
            {'type': 'LinearLR', 'start_factor': 0.01, 'by_epoch': False, 'end': 100},
            {'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True},
        ],
        'train_cfg': {'by_epoch': True, 'max_epochs': count, 'val_interval': count},
        'val_cfg': {},
        'test_cfg': {},
    }


_taught = {
    'type': 'Distiller',
    'student': 'model:student',
    'teachers': {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}},
}

# The teacher has not memorised its images after so few epochs: what it says needs no temperature.
_as_it_is = {'class_multiplier': 1.0, 'proposal_multiplier': 1.0, 'tau': 1.0}
stages = ['teacher', 'feature', 'student', 'baseline']
student_stage = 'student'
# Where it finds the objects is measured once, when it is trained.
_labels_and_boxes = [{'type': 'MultiLabelMetric'}, {'type': 'DetectionMetric'}]
teacher = {**_epochs(6), 'model': 'model:teacher', 'test_evaluator': _labels_and_boxes, 'table_row': 'T-WDet'}
feature = {
    **_epochs(2),
    'model': {
        **_taught,
        'terms': {
            'feature': {
                'type': 'FeatureKD',
                'roi_select': 'nms',
                'roi_weight': 'teacher',
                'roi_layer': {'type': 'RoIMean'},
                'student_channels': 64,
                'teacher_channels': 128,
            }
        },
        'task_weight': 0.0,
        'train_only': ['backbone'],
    },
    # It has no head yet, so there is nothing to measure.
    **{f'{split}_{part}': None for split in ('val', 'test') for part in ('dataloader', 'cfg', 'evaluator')},
}
student = {
    **_epochs(4),
    'load_from': 'stage:feature',
    'model': {**_taught, 'terms': {'pred': {'type': 'PredKD', 'num_classes': 24, **_as_it_is}}},
    'table_row': 'S-Cls (w/)',
}
# As many epochs as both stages of distillation together.
baseline = {**_epochs(6), 'model': 'model:student', 'table_row': 'S-Cls (w/o)'}
