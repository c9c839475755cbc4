# Adam over one cycle of 80 epochs: for 8 of them the rate rises and beta1 falls. L2 on what has more than one dimension
# and is no bias. The loss is summed: rates are for 24 images per step.
_cycle = {'pct_start': 0.1, 'convert_to_iter_based': True}

train_cfg = {'by_epoch': True, 'max_epochs': 80, 'val_interval': 1}
val_cfg = {}
test_cfg = {}
optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'Adam', 'lr': 1e-4, 'weight_decay': 1e-4},
    'paramwise_cfg': {'norm_decay_mult': 0, 'bias_decay_mult': 0, 'flat_decay_mult': 0},
}
param_scheduler = [
    {'type': 'OneCycleLR', 'eta_max': 1e-4, **_cycle},
    {'type': 'OneCycleMomentum', **_cycle},
]
# A decay of 0.9997. Those of the last epoch are left; 'best' leaves those of the best validation, as released.
custom_hooks = [{'type': 'WeightAverageHook', 'momentum': 0.0003, 'leave': 'ema'}]
