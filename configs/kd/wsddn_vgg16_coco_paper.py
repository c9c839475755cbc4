# KD-WSD on MS-COCO 2014 by the published equations: RoI max pooling everywhere, L2 in stage 2.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_proposals.py',
    '../_base_/pipelines/pixels_672.py',
    '../_base_/models/wsddn_vgg16_released.py',
    '../_base_/recipes/kd_paper.py',
]
# All scores of Selective Search are 1; with a store of EdgeBoxes take (10, 1).
models = {'teacher': {'score_scale': 1.0, 'score_bias': 0.0}}
# Where it finds the objects is measured once, when it is trained.
teacher = {'test_evaluator': [{'type': 'MultiLabelMetric'}, {'type': 'CocoDetectionMetric'}]}

train_dataloader = {'dataset': {'pipeline': _base_.train_pixels}}
val_dataloader = {'dataset': {'pipeline': _base_.test_pixels}}
test_dataloader = val_dataloader
