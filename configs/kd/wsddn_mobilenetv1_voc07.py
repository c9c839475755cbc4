# Teacher MobileNet v1 0.75 at 320, frozen but for its head; student MobileNet v1 0.25 at 224. Two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/wsddn_mobilenetv1.py',
    '../_base_/recipes/kd.py',
]
# Eight epochs for every student; the rate is the best of those tried for the one without a teacher.
optim_wrapper = {'optimizer': {'lr': 1e-3}}
train_cfg = {'max_epochs': 8, 'val_interval': 8}
param_scheduler = [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [5, 7], 'gamma': 0.1}]
_channels = {'student_channels': 256, 'teacher_channels': 768}
_rois = {**_channels, 'roi_layer': {'_delete_': True, 'type': 'RoIMean'}, 'loss_weight': 0.01}
_first = {
    'optim_wrapper': {'optimizer': {'lr': 1e-3}},
    'train_cfg': {'max_epochs': 2},
    'param_scheduler': [{'type': 'ConstantLR', 'factor': 1.0}],
}
_second = {
    'train_cfg': {'max_epochs': 6},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [4, 5], 'gamma': 0.1}],
}
feature = {**_first, 'model': {'terms': {'feature': _rois}}}
feature_nms = feature
hint = {**_first, 'model': {'terms': {'feature': {**_channels, 'loss_weight': 0.0003}}}}
student = _second
nms = _second
fitnets = _second
attention = {
    'model': {
        'terms': {'attention': {'layers': ['backbone.blocks.4', 'backbone.blocks.10', 'backbone.blocks.12']}},
    }
}
# Three teachers, each image taught by the one that has not seen it: of what they have seen, they say what the labels
# say already. One more on all images is the detector itself.
teacher = {
    'folds': {'n': 3, 'full': True},
    'optim_wrapper': {'optimizer': {'lr': 3e-4}},
    'train_cfg': {'max_epochs': 6, 'val_interval': 6},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [4, 5], 'gamma': 0.1}],
}
