# A supervised detector, for proposals as in the paper's Table 5: Faster R-CNN on one map of stride 16 of MobileNet v1
# 0.75, frozen, at a shorter side of 320. It learns from boxes, which no other config does. Two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_boxes.py',
    '../_base_/detectors/faster_rcnn_mobilenetv1.py',
]

train_cfg = {'by_epoch': True, 'max_epochs': 6, 'val_interval': 3}
val_cfg = {}
test_cfg = {}
optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 0.01, 'momentum': 0.9, 'weight_decay': 1e-4},
    'clip_grad': {'max_norm': 35},
}
param_scheduler = [
    {'type': 'LinearLR', 'start_factor': 0.01, 'by_epoch': False, 'end': 200},
    {'type': 'CosineAnnealingLR', 'T_max': 6, 'convert_to_iter_based': True},
]
