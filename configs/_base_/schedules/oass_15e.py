# SGD with next to no momentum: the released code hands the weight decay to SGD in its place, and its rates fit that.
# Names decide: what is no bias decays, scales of norms too; the rate of biases is double, of the head ten times, of its
# biases twenty times as high.
# With momentum 0.9 begin at a rate of 0.01. For 32 images per step and losses that are means over the classes.
_base_ = '../default_runtime.py'

_bias = {'lr_mult': 2, 'decay_mult': 0}
_head = {'lr_mult': 10}
_head_bias = {'lr_mult': 20, 'decay_mult': 0}

train_cfg = {'by_epoch': True, 'max_epochs': 15, 'val_interval': 1}
val_cfg = {}
test_cfg = {}
optim_wrapper = {
    'type': 'OptimWrapper',
    'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 1e-4, 'nesterov': True, 'weight_decay': 1e-4},
    'paramwise_cfg': {
        'custom_keys': {
            'bias': _bias,
            'head.': _head,
            **{f'head.csi.norms.{c}.bias': _head_bias for c in range(20)},
        }
    },
}
param_scheduler = [{'type': 'PolyToEndLR', 'power': 0.9, 'convert_to_iter_based': True}]
# The best epoch is kept beside the last; both are to be reported, as it is chosen on the set that is reported.
default_hooks = {
    'checkpoint': {'save_best': 'mAP', 'rule': 'greater'},
    'epoch_record': {'type': 'EpochRecordHook', 'select_by': 'mAP'},
}
