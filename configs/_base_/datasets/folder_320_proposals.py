# Somebody's own photos in frames of 320 with at most 100 proposals each, of Selective Search, made before the first
# stage and kept. Folder, labels and splits are the config's own (mlkd init writes one).
proposals = {'generator': {'type': 'SelectiveSearch'}}
train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 100, 'rank_scores': True},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 320},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'MirrorFlip']
_photos = {'type': 'FolderMultiLabel', 'proposal_file': 'auto', 'empty_proposals': 'whole_image'}
train_dataloader = {
    'batch_size': 32,
    'num_workers': 2,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'dataset': {**_photos, 'split': 'train', 'pipeline': train_pipeline},
}
val_dataloader = {
    'batch_size': 16,
    'num_workers': 2,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {**_photos, 'split': 'val', 'test_mode': True, 'pipeline': test_pipeline},
}
test_dataloader = val_dataloader

val_evaluator = {'type': 'MultiLabelMetric'}
test_evaluator = val_evaluator
