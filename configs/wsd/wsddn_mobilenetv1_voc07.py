# WSDDN with MobileNet v1 0.75 at 320, from image labels alone; two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07.py',
    '../_base_/models/wsddn_mobilenetv1.py',
    '../_base_/schedules/wsddn_17e.py',
]
pipeline = [
    {'type': 'LoadImage'},
    {'type': 'TopProposals', 'n': 300},
    {'type': 'Warp', 'size': 320},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {
    'num_workers': 2,
    'dataset': {'split': 'train', 'proposal_file': 'auto', 'pipeline': pipeline},
}
val_dataloader = {'num_workers': 2, 'dataset': {'proposal_file': 'auto', 'pipeline': test_pipeline}}
test_dataloader = val_dataloader
proposals = {'generator': {'type': 'SelectiveSearch'}}

stages = ['teacher']
student_stage = 'teacher'
teacher = {'model': 'model:teacher'}
