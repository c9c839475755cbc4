# PASCAL VOC 2012: the annotation of its test images is not public.
_base_ = './frames_672.py'

_dataset = {'type': 'VOCMultiLabel', 'data_root': 'data/voc12/', 'year': 2012}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'val'}}
test_dataloader = val_dataloader
