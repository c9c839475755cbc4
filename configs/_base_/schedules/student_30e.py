# The student's schedule without a first stage, taught or not; the rate is for 32 images per step.
train_cfg = {'by_epoch': True, 'max_epochs': 30, 'val_interval': 1}
val_cfg = {}
test_cfg = {}

optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 1e-4, 'momentum': 0.9, 'weight_decay': 5e-4},
    'paramwise_cfg': {
        'bias_lr_mult': 2,
        'bias_decay_mult': 0,
        'custom_keys': {
            'head.fc.weight': {'lr_mult': 10, 'decay_mult': 10},
            'head.fc.bias': {'lr_mult': 20, 'decay_mult': 0},
            'terms.pred.tau': {'lr_mult': 10, 'decay_mult': 0},
        },
    },
}
param_scheduler = [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [18, 25], 'gamma': 0.1}]
auto_scale_lr = {'enable': False, 'base_batch_size': 32}
