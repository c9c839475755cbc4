# NUS-WIDE, official lists, images with at least one of the 81 concepts.
_base_ = './frames_672.py'

_dataset = {'type': 'NUSWide', 'data_root': 'data/nuswide/'}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'test'}}
test_dataloader = val_dataloader
