# ResNet-101 on NUS-WIDE as CPSD trains it. No published number.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuswide_448_randaugment.py',
    '../_base_/models/r101_student.py',
    '../_base_/recipes/psd_published_nuswide.py',
]
models = {'student': {'head': {'num_classes': 81}}}
