# KD-WSD on NUS-WIDE as the released Caffe files have it, solver and proposals excepted.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuswide_proposals.py',
    '../_base_/pipelines/pixels_672.py',
    '../_base_/models/wsddn_vgg16_released.py',
    '../_base_/recipes/kd_released.py',
]
# All scores of Selective Search are 1; with a store of EdgeBoxes take (10, 1).
models = {
    'teacher': {'score_scale': 1.0, 'score_bias': 0.0, 'bbox_head': {'num_classes': 81}},
    'student': {'head': {'num_classes': 81}},
}

train_dataloader = {'dataset': {'pipeline': _base_.train_pixels}}
val_dataloader = {'dataset': {'pipeline': _base_.test_pixels}}
test_dataloader = val_dataloader
