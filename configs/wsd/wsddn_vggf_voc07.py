# WSDDN as published (its S): VGG-F. Published: det mAP 34.5, cls mAP 85.3, with --tta. From random weights:
# --cfg-options models.teacher.backbone.init_cfg=None models.teacher.roi_head.init_cfg=None.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_longer_side.py',
    '../_base_/models/wsddn_vggf_original.py',
    '../_base_/schedules/wsddn_20e.py',
    '../_base_/test_time/longer_side.py',
]
# Features are weighted by 1 + 10 s, which is made for the scores of EdgeBoxes.
proposals = {'generator': {'type': 'EdgeBoxes'}}
models = {'teacher': {'bbox_head': {'num_classes': 20}}}
