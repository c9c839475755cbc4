# A teacher that OASS trains, and students that learn from what it says and from what it sees where: around the peaks of
# its class maps, so that nobody needs proposals. A config chooses among the stages.
_cam = {'cam': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}}
_taught = {'type': 'Distiller', 'student': 'model:student', 'teachers': _cam}
_tested = {'val_cfg': {}, 'test_cfg': {}}
_pred = {'type': 'PredKD', 'teacher': 'cam', 'class_multiplier': 1.0, 'tau': 1.0, 'learn_tau': False}

stages = ['teacher', 'feature', 'student', 'baseline']
student_stage = 'student'
# Where it sees the classes is measured once, when it is trained.
teacher = {
    **_tested,
    'model': {
        'type': 'Distiller',
        'student': 'model:teacher',
        'teachers': {'ema': {'average': {'decay': 0.99}}},
        'terms': {'oass': {'type': 'OASS', 'strategy': 'ctopkw', 'teacher': 'ema'}},
    },
    'test_evaluator': [{'type': 'MultiLabelMetric'}, {'type': 'CAMLocalisationMetric'}],
    'table_row': 'T-OASS',
}
distillation = {**_tested, 'model': {**_taught, 'terms': {'pred': _pred}}, 'table_row': 'PredKD of T-OASS'}
feature = {
    'model': {
        **_taught,
        'terms': {
            'feature': {
                'type': 'PeakFeatureKD',
                'teacher': 'cam',
                'roi_weight': 'teacher',
                'roi_layer': {'type': 'RoIMean'},
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
    'model': {**_taught, 'terms': {'pred': _pred}},
    'table_row': 'PeakFeatureKD, PredKD of T-OASS',
}
baseline = {**_tested, 'model': 'model:student', 'table_row': 'S-Cls (w/o)'}
