# ResNeXt-50 (SWSL) on MS-COCO 2014 as CPSD trains it. Published mAP: baseline 86.7, CPSD 87.7.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_448_randaugment.py',
    '../_base_/models/resnext50_student.py',
    '../_base_/recipes/psd_published_coco.py',
]
