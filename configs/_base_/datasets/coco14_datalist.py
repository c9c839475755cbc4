# MS-COCO as text lists of the reference implementation: boxes are pixels of the 672 x 672 frame. The lists stand in
# the folder that their paths are relative to.
train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 672},
    {'type': 'MirrorFlip', 'prob': 0.5, 'pixel_boxes': True},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 672},
    {'type': 'PackMultiLabel'},
]

train_dataloader = {
    'batch_size': 32,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'dataset': {
        'type': 'DatalistDataset',
        'data_root': 'data/coco',
        'ann_file': 'coco_train.txt',
        'label_names': 'coco',
        'num_proposals': 500,
        'pipeline': train_pipeline,
    },
}
val_dataloader = {
    'batch_size': 16,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {
        'type': 'DatalistDataset',
        'data_root': 'data/coco',
        'ann_file': 'coco_val.txt',
        'label_names': 'coco',
        'num_proposals': 500,
        'test_mode': True,
        'pipeline': test_pipeline,
    },
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MultiLabelMetric'}
test_evaluator = val_evaluator
