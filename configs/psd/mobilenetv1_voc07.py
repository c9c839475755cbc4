# MobileNet v1 0.25 at 224 on VOC 2007, ten of its blocks frozen and computed once: teachers and student, two CPU cores
# are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07.py',
    '../_base_/models/mobilenetv1_student.py',
    '../_base_/schedules/student_30e.py',
    '../_base_/recipes/psd.py',
]
train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 224},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'num_workers': 1, 'dataset': {'split': 'train', 'pipeline': train_pipeline}}
val_dataloader = {'num_workers': 1, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader

models = {'student': {'backbone': {'frozen_stages': 10}}}


def _epochs(count: int) -> dict:
    return {
        'train_cfg': {'max_epochs': count, 'val_interval': count},
        'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True}],
    }


optim_wrapper = {'optimizer': {'lr': 1e-3}}
param_scheduler, train_cfg = _epochs(10)['param_scheduler'], _epochs(10)['train_cfg']
long_baseline = _epochs(143)
# Squared errors of logits pull harder than labels do; at this rate the taught ones are best (of 1e-3, 2e-4, 5e-5).
cgp_only = dgp_only = student = random_parts = {'optim_wrapper': {'optimizer': {'lr': 2e-4}}}
