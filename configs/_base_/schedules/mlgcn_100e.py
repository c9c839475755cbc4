# ML-GCN: rates of the code, epochs and steps of the paper; gradients clipped, as its code does.
_base_ = '../default_runtime.py'

stages = ['baseline']
student_stage = 'baseline'
baseline = {'model': 'model:student', 'table_row': 'ML-GCN'}

train_cfg = {'by_epoch': True, 'max_epochs': 100, 'val_interval': 1}
val_cfg = {}
test_cfg = {}
optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9, 'weight_decay': 1e-4},
    'paramwise_cfg': {'custom_keys': {'backbone': {'lr_mult': 0.1}}},
    'clip_grad': {'max_norm': 10},
}
param_scheduler = [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [40, 80], 'gamma': 0.1}]
default_hooks = {'checkpoint': {'save_best': 'mAP', 'rule': 'greater'}}
