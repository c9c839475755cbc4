# The teacher, both stages of distillation, and all students that they are compared with (Tables 1 and 4), each a stage
# of its own. A config chooses among them with `stages`. All students train for 30 epochs in all.
_base_ = ['../schedules/student_30e.py', '../schedules/wsddn_17e.py']

_teachers = {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}}
_taught = {'type': 'Distiller', 'student': 'model:student', 'teachers': _teachers}
# Stage 2: cross entropy, a learnt temperature for each class; the teacher is sharpened, the student softened.
_class_aware = {
    'type': 'PredKD',
    'class_multiplier': 2.0,
    'proposal_multiplier': 2.0,
    'tau': 0.2,
    'loss': 'ce',
    'loss_weight': 1.0,
}
# Stage 1, Eqs. (3) and (4): pooled maps of the proposals R' that survive NMS, weighted by s'.
_roi_aware = {
    'type': 'FeatureKD',
    'feat_level': 'conv_roi',
    'roi_select': 'nms',
    'roi_weight': 'teacher',
    'nms_iou': 0.4,
    'max_rois': 100,
    'roi_layer': {'type': 'RoIAlign', 'output_size': 7},
}
# Stage 1 trains the backbone alone. It has no head yet, so there is nothing to measure.
_first = {
    'optim_wrapper': {'optimizer': {'lr': 1e-5}},
    'train_cfg': {'max_epochs': 10},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [8], 'gamma': 0.1}],
    **{f'{split}_{part}': None for split in ('val', 'test') for part in ('dataloader', 'cfg', 'evaluator')},
}
_hint = {**_taught, 'task_weight': 0.0, 'train_only': ['backbone']}
_second = {
    'train_cfg': {'max_epochs': 20},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [12, 17], 'gamma': 0.1}],
}

stages = ['teacher', 'feature', 'student', 'baseline']
student_stage = 'student'
teacher = {'model': 'model:teacher', 'table_row': 'T-WDet'}
baseline = {'model': 'model:student', 'table_row': 'S-Cls (w/o)'}
distillation = {
    'model': {**_taught, 'terms': {'pred': {**_class_aware, 'shared': True}}},
    'table_row': '+Distillation',
}
class_aware = {'model': {**_taught, 'terms': {'pred': _class_aware}}, 'table_row': '+Class-aware distillation'}
feature_nms = {**_first, 'model': {**_hint, 'terms': {'feature': {**_roi_aware, 'roi_weight': 'none'}}}}
nms = {
    **_second,
    'load_from': 'stage:feature_nms',
    'model': {**_taught, 'terms': {'pred': _class_aware}},
    'table_row': '+NMS proposals transfer + Class-aware transfer',
}
feature = {**_first, 'model': {**_hint, 'terms': {'feature': _roi_aware}}}
student = {
    **_second,
    'load_from': 'stage:feature',
    'model': {**_taught, 'terms': {'pred': _class_aware}},
    'table_row': 'S-Cls (w/)',
}
hint = {**_first, 'model': {**_hint, 'terms': {'feature': {'type': 'FitNets'}}}}
fitnets = {
    **_second,
    'load_from': 'stage:hint',
    'model': {**_taught, 'terms': {'pred': {**_class_aware, 'shared': True}}},
    'table_row': 'FitNets',
}
attention = {
    'model': {
        **_taught,
        'terms': {
            'attention': {
                'type': 'AttentionTransfer',
                'layers': ['backbone.conv3', 'backbone.conv4', 'backbone.conv5'],
            }
        },
    },
    'table_row': 'Attention transfer',
}
