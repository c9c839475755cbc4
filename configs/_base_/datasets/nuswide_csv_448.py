# NUS-WIDE by the list of ASL, as MSRN trains on it; not the official split.
_base_ = './crops_448.py'

_dataset = {'type': 'NUSWideCSV', 'data_root': 'data/nuswide/', 'ann_file': 'nus_wid_data.csv'}
train_dataloader = {'dataset': {**_dataset, 'split': 'train'}}
val_dataloader = {'dataset': {**_dataset, 'split': 'val'}}
test_dataloader = val_dataloader
