# NUS-WIDE by the list of ASL, as MSRN trains on it; not the official split.
data_root = 'data/nuswide/'
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
        'type': 'NUSWideCSV',
        'data_root': data_root,
        'ann_file': 'nus_wid_data.csv',
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
        'type': 'NUSWideCSV',
        'data_root': data_root,
        'ann_file': 'nus_wid_data.csv',
        'split': 'val',
        'test_mode': True,
        'pipeline': test_pipeline,
    },
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MLGCNMetric'}
test_evaluator = val_evaluator
