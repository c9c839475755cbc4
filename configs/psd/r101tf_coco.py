# ResNet101+TF on MS-COCO 2014 as CPSD trains it. Published mAP: baseline 84.3, CPSD 85.2.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_448_randaugment.py',
    '../_base_/models/r101tf_student.py',
    '../_base_/recipes/psd_published_coco.py',
]
