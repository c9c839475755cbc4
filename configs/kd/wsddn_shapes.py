# Drawn images, both networks from scratch: teacher, both stages of distillation, and the student without a teacher.
# Minutes on two CPU cores.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/shapes.py',
    '../_base_/models/wsddn_small_convnet.py',
    '../_base_/recipes/kd_from_scratch.py',
]


def _epochs(count: int) -> dict:
    """A rate that warms up for 100 batches and then falls to 0 along a cosine."""
    return {
        'optim_wrapper': {
            'type': 'OptimWrapper',
            'optimizer': {'type': 'AdamW', 'lr': 5e-3, 'weight_decay': 1e-4},
            'paramwise_cfg': {'norm_decay_mult': 0.0},
            'clip_grad': {'max_norm': 10},
        },
        'param_scheduler': [
            {'type': 'LinearLR', 'start_factor': 0.01, 'by_epoch': False, 'end': 100},
            {'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True},
        ],
        'train_cfg': {'by_epoch': True, 'max_epochs': count, 'val_interval': count},
    }


teacher = _epochs(6)
feature = _epochs(2)
student = _epochs(4)
# As many epochs as both stages of distillation together.
baseline = _epochs(6)
