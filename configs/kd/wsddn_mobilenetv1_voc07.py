# Teacher MobileNet v1 0.75 at 320, student MobileNet v1 0.25 at 160: both stages, and the student without a teacher.
_base_ = '../wsd/wsddn_mobilenetv1_voc07.py'
_student = {
    'optim_wrapper': {
        '_delete_': True,
        'type': 'OptimWrapper',
        'optimizer': {'type': 'SGD', 'lr': 2e-3, 'momentum': 0.9, 'weight_decay': 5e-4},
        'paramwise_cfg': {'custom_keys': {'terms.pred.tau': {'lr_mult': 10, 'decay_mult': 0}}},
    },
    'train_cfg': {'max_epochs': 8},
}
_teachers = {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}}

stages = ['teacher', 'feature', 'student', 'baseline']
student_stage = 'student'
feature = {
    **_student,
    'model': {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': _teachers,
        'terms': {
            'feature': {
                'type': 'FeatureKD',
                'roi_select': 'nms',
                'roi_weight': 'teacher',
                'roi_layer': {'type': 'RoIMean'},
                'student_channels': 256,
                'teacher_channels': 768,
                'loss_weight': 0.01,
            }
        },
        'task_weight': 0.0,
        'train_only': ['backbone'],
    },
    'train_cfg': {'max_epochs': 2},
}
student = {
    **_student,
    'load_from': 'stage:feature',
    'model': {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': _teachers,
        'terms': {'pred': {'type': 'PredKD', 'num_classes': 20}},
    },
}
# The same number of epochs as both stages of distillation together.
baseline = {**_student, 'model': 'model:student', 'train_cfg': {'max_epochs': 10}}
