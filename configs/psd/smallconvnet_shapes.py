# A small network from scratch on drawn images: teachers and student, minutes on two CPU cores.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/shapes.py',
    '../_base_/models/wsddn_small_convnet.py',
    '../_base_/recipes/psd.py',
]
# Classifiers need no proposals.
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader


def _epochs(count: int) -> dict:
    """A rate that warms up for 100 batches and then falls to 0 along a cosine."""
    return {
        'param_scheduler': [
            {'type': 'LinearLR', 'start_factor': 0.01, 'by_epoch': False, 'end': 100},
            {'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True},
        ],
        'train_cfg': {'by_epoch': True, 'max_epochs': count, 'val_interval': count},
    }


optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'AdamW', 'lr': 5e-3, 'weight_decay': 1e-4, 'fused': True},
    'paramwise_cfg': {'norm_decay_mult': 0.0},
    'clip_grad': {'max_norm': 10},
}
val_cfg = {}
test_cfg = {}
param_scheduler, train_cfg = _epochs(6)['param_scheduler'], _epochs(6)['train_cfg']
long_baseline = _epochs(86)
