# VOC 2007 as WSDDN's release has it: one image at a time, its longer side drawn among five lengths; all proposals that
# are 20 pixels wide and high. Without --tta, tests see the middle length.
_base_ = './voc07_proposals.py'

_choose = {'type': 'TopProposals', 'n': 2000, 'min_size': 20, 'distinct': True}
train_pipeline = [
    {'type': 'LoadImage'},
    _choose,
    {'type': 'ResizeLongSide', 'sizes': (480, 576, 688, 864, 1200)},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [
    {'type': 'LoadImage'},
    _choose,
    {'type': 'ResizeLongSide', 'sizes': 688},
    {'type': 'PackMultiLabel'},
]
train_dataloader = {'batch_size': 1, 'dataset': {'pipeline': train_pipeline}}
val_dataloader = {'batch_size': 1, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader
