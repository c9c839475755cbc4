# MS-COCO 2017, images with at least one annotation.
_base_ = './coco14.py'

train_dataloader = {'dataset': {'year': 2017}}
val_dataloader = {'dataset': {'year': 2017}}
test_dataloader = val_dataloader
