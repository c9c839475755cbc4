# MobileNet v1 on VOC 2007, row Class-aware distillation of Table 4: stage 2 alone.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = ['teacher', 'class_aware']
student_stage = 'class_aware'
