# Apparel, halves of a fixed shuffle; MSRN's own halves with ann_file=image_label.pkl in both data sets.
data_root = 'data/apparel/'
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

train_dataloader = {
    'batch_size': 12,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'dataset': {
        'type': 'Apparel',
        'data_root': data_root,
        'split': 'train',
        'pipeline': train_pipeline,
    },
}
val_dataloader = {
    'batch_size': 16,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {
        'type': 'Apparel',
        'data_root': data_root,
        'split': 'test',
        'test_mode': True,
        'pipeline': test_pipeline,
    },
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MLGCNMetric'}
test_evaluator = val_evaluator
