# Apparel, halves of a fixed shuffle; MSRN's own halves with ann_file=image_label.pkl in both data sets.
_base_ = './crops_448.py'

_dataset = {'type': 'Apparel', 'data_root': 'data/apparel/'}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'test'}}
test_dataloader = val_dataloader
