# Both networks from scratch: teacher, both stages of distillation, and the student without a teacher.
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
_tested = {'val_cfg': {}, 'test_cfg': {}}
teacher = {**_tested, 'model': 'model:teacher', 'test_evaluator': _labels_and_boxes, 'table_row': 'T-WDet'}
feature = {
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
    **_tested,
    'load_from': 'stage:feature',
    'model': {**_taught, 'terms': {'pred': {'type': 'PredKD', 'num_classes': 24, **_as_it_is}}},
    'table_row': 'S-Cls (w/)',
}
baseline = {**_tested, 'model': 'model:student', 'table_row': 'S-Cls (w/o)'}
