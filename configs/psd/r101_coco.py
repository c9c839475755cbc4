# ResNet-101 on MS-COCO 2014 as CPSD trains it. Published mAP: baseline 81.6, CPSD 83.1.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_448_randaugment.py',
    '../_base_/models/r101_student.py',
    '../_base_/recipes/psd_published_coco.py',
]
