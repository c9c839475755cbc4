# VOC 2007 as ML-GCN and MSRN train on it: what is difficult is present in training alone.
_base_ = './crops_448.py'

_dataset = {'type': 'VOCMultiLabel', 'data_root': 'data/voc07/'}
train_dataloader = {'batch_size': 24, 'dataset': {**_dataset, 'split': 'trainval', 'difficult': 'present'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'test'}}
test_dataloader = val_dataloader
