# MobileNet v1 on VOC 2007, row Distillation of Tables 1 and 4: stage 2 alone, one temperature for all classes.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = ['teacher', 'distillation']
student_stage = 'distillation'
