# Rates, epochs and weights of the terms for teacher MobileNet v1 0.75 and student 0.25, as found on VOC 2007.
_base_ = './kd.py'

# Thirty epochs for every student, as published; the rate is the best of those tried for the one without a teacher.


def _epochs(count: int) -> dict:
    return {
        'optim_wrapper': {'optimizer': {'lr': 1e-3}},
        'train_cfg': {'max_epochs': count, 'val_interval': count},
        'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True}],
    }


baseline = _epochs(30)
# Teachers that have not seen an image need no temperature to be soft about it.
_as_it_is = {'pred': {'class_multiplier': 1.0, 'proposal_multiplier': 1.0, 'tau': 1.0, 'loss_weight': 2.0}}
_one = {**_epochs(30), 'model': {'terms': _as_it_is}}
_second = {**_epochs(20), 'model': {'terms': _as_it_is}}
distillation = _one
class_aware = _one
_channels = {'student_channels': 256, 'teacher_channels': 768}
_rois = {**_channels, 'roi_layer': {'_delete_': True, 'type': 'RoIMean'}, 'loss_weight': 0.01}
_first = _epochs(10)
feature = {**_first, 'model': {'terms': {'feature': _rois}}}
feature_nms = feature
hint = {**_first, 'model': {'terms': {'feature': {**_channels, 'loss_weight': 0.0003}}}}
student = _second
nms = _second
fitnets = _second
attention = {
    **_epochs(30),
    'model': {
        'terms': {'attention': {'layers': ['backbone.blocks.7', 'backbone.blocks.10', 'backbone.blocks.12']}},
    },
}
# Three teachers, each image taught by the one that has not seen it: of what they have seen, they say what the labels
# say already. One more on all images is the detector itself.
teacher = {'folds': {'n': 3, 'full': True}, **_epochs(6)}
