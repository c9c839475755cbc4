# PredKD from a teacher that OASS trains.
_base_ = './oass_peakkd_mobilenetv1_voc07.py'

stages = ['teacher', 'distillation', 'baseline']
student_stage = 'distillation'
