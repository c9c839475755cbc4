# MS-COCO 2014 with proposals of Selective Search, made before the first stage and kept for later runs.
_base_ = './coco14.py'

proposals = {'generator': {'type': 'SelectiveSearch'}}
train_dataloader = {'dataset': {'proposal_file': 'auto'}}
val_dataloader = {'dataset': {'proposal_file': 'auto'}}
test_dataloader = val_dataloader
