# COCO 2014 as ML-GCN and MSRN train on it.
_base_ = './crops_448.py'

_dataset = {'type': 'CocoMultiLabel', 'data_root': 'data/coco/'}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'val'}}
test_dataloader = val_dataloader
