# Shapes, drawn on the fly: 128 x 128 pixels, proposals from a segmentation of the pixels.
pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 24},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in pipeline if step['type'] != 'MirrorFlip']
proposals = {'generator': {'type': 'GraphSegmentation', 'scales': (200,)}}

# Drawn once and kept: other processes would draw anew in each stage.
train_dataloader = {
    'batch_size': 16,
    'num_workers': 0,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'dataset': {
        'type': 'Shapes',
        'split': 'train',
        'num_images': 4000,
        'proposal_file': 'auto',
        'pipeline': pipeline,
    },
}
val_dataloader = {
    'batch_size': 50,
    'num_workers': 0,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {
        'type': 'Shapes',
        'split': 'test',
        'num_images': 1000,
        'proposal_file': 'auto',
        'test_mode': True,
        'pipeline': test_pipeline,
    },
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MultiLabelMetric'}
test_evaluator = val_evaluator
