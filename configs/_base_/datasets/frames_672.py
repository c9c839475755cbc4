# What data sets have in common: frames of 672 x 672, the 500 best proposals where there are any.
train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 500},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 672},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 500},
    {'type': 'Warp', 'size': 672},
    {'type': 'PackMultiLabel'},
]

train_dataloader = {
    'batch_size': 32,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'dataset': {'proposal_file': None, 'pipeline': train_pipeline},
}
val_dataloader = {
    'batch_size': 16,
    'num_workers': 4,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {'proposal_file': None, 'test_mode': True, 'pipeline': test_pipeline},
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MultiLabelMetric'}
test_evaluator = val_evaluator
