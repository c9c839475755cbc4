# TResNet-L on NUS-WIDE as CPSD trains it. Published mAP: baseline 64.7, CPSD 66.5.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuswide_448_randaugment.py',
    '../_base_/models/tresl_student.py',
    '../_base_/recipes/psd_published_nuswide.py',
]
models = {'student': {'head': {'num_classes': 81}}}
