# What data sets have in common as ML-GCN and MSRN train on them: crops of several scales, and their metric.
_base_ = './frames_672.py'

train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'MultiScaleCrop', 'size': 448},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 448, 'antialias': True},
    {'type': 'PackMultiLabel'},
]

train_dataloader = {'batch_size': 12, 'dataset': {'pipeline': train_pipeline}}
val_dataloader = {'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader

val_evaluator = {'_delete_': True, 'type': 'MLGCNMetric'}
test_evaluator = val_evaluator
