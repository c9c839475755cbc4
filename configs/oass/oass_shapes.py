# Drawn images, both networks from scratch: a teacher that OASS trains, and a student that it teaches without proposals.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/shapes.py',
    '../_base_/models/cam_small_convnet.py',
    '../_base_/recipes/oass_kd.py',
]

pipeline = [{'type': 'LoadImage'}, {'type': 'MirrorFlip', 'prob': 0.5}, {'type': 'PackMultiLabel'}]
test_pipeline = [step for step in pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'dataset': {'proposal_file': None, 'pipeline': pipeline}}
val_dataloader = {'dataset': {'proposal_file': None, 'pipeline': test_pipeline}}
test_dataloader = val_dataloader


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
distillation = _epochs(6)
feature = {**_epochs(2), 'model': {'terms': {'feature': {'student_channels': 64, 'teacher_channels': 128}}}}
student = _epochs(4)
# As many epochs as both stages of distillation together.
baseline = _epochs(6)
