# WSDDN as published (its L): VGG16, five lengths of the longer side, regulariser, box scores. Published: det mAP 34.8,
# cls mAP 89.7, with --tta. The port: wsddn_vgg16_voc07_ported.py.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_longer_side.py',
    '../_base_/models/wsddn_vgg16_original.py',
    '../_base_/schedules/wsddn_20e.py',
    '../_base_/test_time/longer_side.py',
]
# Features are weighted by 1 + 10 s, which is made for the scores of EdgeBoxes.
proposals = {'generator': {'type': 'EdgeBoxes'}}
models = {'teacher': {'bbox_head': {'num_classes': 20}}}
