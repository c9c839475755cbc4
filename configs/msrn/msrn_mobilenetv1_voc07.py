# The plain student, ML-GCN, MSRN and MSRN with its other predictor, 10 epochs each. Two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/msrn_mobilenetv1.py',
    '../_base_/schedules/student_30e.py',
]


def _rates(lr: float, **keys: float) -> dict:
    """Rates of one network: of its backbone, and how many times as high that of other parts is."""
    custom = {name.replace('__', '.'): {'lr_mult': factor} for name, factor in keys.items()}
    return {'optimizer': {'lr': lr}, 'paramwise_cfg': {'custom_keys': custom}}


stages = ['baseline', 'mlgcn', 'msrn', 'elementwise']
student_stage = 'msrn'
train_cfg = {'max_epochs': 10, 'val_interval': 10}
param_scheduler = [{'type': 'CosineAnnealingLR', 'T_max': 10, 'convert_to_iter_based': True}]
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader

baseline = {'model': 'model:student', 'table_row': 'S-Cls (w/o)', 'optim_wrapper': _rates(1e-3)}
mlgcn = {
    'model': 'model:mlgcn',
    'table_row': 'ML-GCN',
    # The classifiers that graph convolutions begin with are large; gradients are clipped, as by the paper's code.
    'optim_wrapper': {**_rates(1e-3), 'clip_grad': {'max_norm': 50}},
}
_factors = {'neck': 5, 'neck__buffer_convs': 1, 'head': 5}
msrn = {'model': 'model:msrn', 'table_row': 'MSRN', 'optim_wrapper': _rates(1e-3, **_factors)}
elementwise = {
    'model': 'model:msrn_elementwise',
    'table_row': 'MSRN, element-wise',
    'optim_wrapper': _rates(1e-3, **_factors),
}
