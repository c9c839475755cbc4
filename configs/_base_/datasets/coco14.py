# MS-COCO 2014, images with at least one annotation: 82,081 and 40,137. A folder with the files of 2017 serves too.
_base_ = './frames_672.py'

_dataset = {'type': 'CocoMultiLabel', 'data_root': 'data/coco/'}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'val'}}
test_dataloader = val_dataloader
