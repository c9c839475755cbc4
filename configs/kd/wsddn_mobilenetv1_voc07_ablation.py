# MobileNet v1 on VOC 2007: all rows of Tables 1 and 4 from one teacher.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = [
    'teacher',
    'baseline',
    'class_aware',
    'feature',
    'student',
    'distillation',
    'feature_nms',
    'nms',
    'hint',
    'fitnets',
    'attention',
]
