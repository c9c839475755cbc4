# The student without a teacher, S-Cls (w/o).
_base_ = '../kd/wsddn_mobilenetv1_voc07.py'

stages = ['baseline']
student_stage = 'baseline'
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader
