# Q2L with ResNet-101 on MS-COCO 2014 as CPSD trains it. Published mAP: baseline 84.0, CPSD 84.9.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_448_randaugment.py',
    '../_base_/models/q2l_student.py',
    '../_base_/recipes/psd_published_coco.py',
]
