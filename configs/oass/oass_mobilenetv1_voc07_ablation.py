# The ten rows of the ablation for one CPU core: views of 160, class maps of 10 x 10 cells, eight epochs, about
# five minutes a row.
_base_ = './oass_mobilenetv1_voc07.py'

train_pipeline = [
    {'type': 'LoadImage'},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'Warp', 'size': 160},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'num_workers': 1, 'dataset': {'pipeline': train_pipeline}}
val_dataloader = {'batch_size': 32, 'num_workers': 1, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader

_network = {
    'data_preprocessor': {'size': 160},
    # As published: the class maps have a stride of 16.
    'backbone': {'output_stride': 16},
    'test_cfg': {'class_maps': True},
}
models = {'gap': _network, 'csi': _network}
train_cfg = {'max_epochs': 8}
# The best of those tried for rows without self-supervision, see docs/oass.md.
optim_wrapper = {'optimizer': {'lr': 0.4}}
# Where each row sees the classes is measured once, when it is trained.
test_evaluator = [{'type': 'MultiLabelMetric'}, {'type': 'CAMLocalisationMetric'}]
