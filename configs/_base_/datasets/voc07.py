# PASCAL VOC 2007. Splits of other names: train_dataloader.dataset.split=train.
_base_ = './frames_672.py'

_dataset = {'type': 'VOCMultiLabel', 'data_root': 'data/voc07/'}
train_dataloader = {'dataset': {**_dataset, 'split': 'trainval'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'test'}}
test_dataloader = val_dataloader
