# The student's schedule, alone or taught; as the teacher's, without new layers.
train_cfg = {'by_epoch': True, 'max_epochs': 17, 'val_interval': 1}
val_cfg = {}
test_cfg = {}

optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 1e-3, 'momentum': 0.9, 'weight_decay': 5e-4},
    'paramwise_cfg': {'bias_lr_mult': 2, 'bias_decay_mult': 0},
}
param_scheduler = [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [10, 15], 'gamma': 0.1}]
auto_scale_lr = {'enable': False, 'base_batch_size': 32}
