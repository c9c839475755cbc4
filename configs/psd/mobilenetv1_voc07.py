# MobileNet v1 0.25 at 224 on VOC 2007, its first five blocks frozen: teachers and student, two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/mobilenetv1_student.py',
    '../_base_/schedules/student_30e.py',
    '../_base_/recipes/psd.py',
]
# Classifiers need no proposals.
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader

optim_wrapper = {'optimizer': {'lr': 1e-3}}
train_cfg = {'max_epochs': 30, 'val_interval': 30}
param_scheduler = [{'type': 'CosineAnnealingLR', 'T_max': 30, 'convert_to_iter_based': True}]
long_baseline = {
    'train_cfg': {'max_epochs': 430, 'val_interval': 430},
    'param_scheduler': [{'type': 'CosineAnnealingLR', 'T_max': 430, 'convert_to_iter_based': True}],
}
