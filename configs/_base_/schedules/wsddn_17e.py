# The teacher's schedule: rates and multipliers of the released files; 10, 5 and 2 epochs for "until the loss is flat".
# The rate is for 32 images per step and a loss that is summed over classes.
_new_weight = {'lr_mult': 10, 'decay_mult': 10}
_new_bias = {'lr_mult': 20, 'decay_mult': 0}
teacher = {
    'optim_wrapper': {
        'type': 'OptimWrapper',
        'optimizer': {'type': 'SGD', 'lr': 5e-5, 'momentum': 0.9, 'weight_decay': 5e-4},
        'paramwise_cfg': {
            'bias_lr_mult': 2,
            'bias_decay_mult': 0,
            'custom_keys': {
                'bbox_head.fc_cls.weight': _new_weight,
                'bbox_head.fc_cls.bias': _new_bias,
                'bbox_head.fc_det.weight': _new_weight,
                'bbox_head.fc_det.bias': _new_bias,
            },
        },
    },
    'train_cfg': {'by_epoch': True, 'max_epochs': 17, 'val_interval': 1},
    'val_cfg': {},
    'test_cfg': {},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [10, 15], 'gamma': 0.1}],
}
