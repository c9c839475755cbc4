# The ten rows of the ablation for one CPU core: views of 192, class maps of 6 x 6 cells, six epochs, about five minutes
# a row.
_base_ = './oass_mobilenetv1_voc07.py'

train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 192},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'num_workers': 1, 'dataset': {'pipeline': train_pipeline}}
val_dataloader = {'batch_size': 32, 'num_workers': 1, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader

models = {name: {'data_preprocessor': {'size': 192}} for name in ('gap', 'csi')}
train_cfg = {'max_epochs': 6}
