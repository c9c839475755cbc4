# VOC 2007 in frames of 320 with at most 100 proposals each, for two CPU cores; trains on the split "train".
_base_ = './voc07_proposals.py'

train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 100, 'rank_scores': True},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 320},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'num_workers': 2, 'dataset': {'split': 'train', 'pipeline': train_pipeline}}
val_dataloader = {'num_workers': 2, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader
