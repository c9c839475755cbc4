# S-Cls (w/o): MobileNet v1 0.25 at 160 with labels alone.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07.py',
    '../_base_/models/mobilenetv1_student.py',
    '../_base_/schedules/student_17e.py',
]
pipeline = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 320},
    {'type': 'MirrorFlip', 'prob': 0.5},
    {'type': 'PackMultiLabel'},
]
test_pipeline = [step for step in pipeline if step['type'] != 'MirrorFlip']
train_dataloader = {'num_workers': 2, 'dataset': {'split': 'train', 'pipeline': pipeline}}
val_dataloader = {'num_workers': 2, 'dataset': {'pipeline': test_pipeline}}
test_dataloader = val_dataloader

stages = ['baseline']
student_stage = 'baseline'
baseline = {'model': 'model:student'}
table_row = 'S-Cls (w/o)'
