# MSRN: rates as released, one step. The released code trains for 200 epochs whatever it is told; 60 cover both rates.
# The rate of the backbone, its buffers included, is a tenth. Clipping is off, as it is without effect there.
_base_ = '../default_runtime.py'

stages = ['baseline']
student_stage = 'baseline'
baseline = {'model': 'model:student', 'table_row': 'MSRN'}

train_cfg = {'by_epoch': True, 'max_epochs': 60, 'val_interval': 1}
val_cfg = {}
test_cfg = {}
optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9, 'weight_decay': 1e-4},
    'paramwise_cfg': {'custom_keys': {'backbone': {'lr_mult': 0.1}, 'neck.buffer_convs': {'lr_mult': 0.1}}},
}
param_scheduler = [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [30], 'gamma': 0.1}]
# One loss scaler that adapts; the released code makes a new one at each iteration.
amp = 'auto'
# The best epoch of the test set is kept beside the last, which is what is reported.
default_hooks = {'checkpoint': {'save_best': 'mAP', 'rule': 'greater'}}
