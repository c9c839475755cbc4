# VGG16 on MS-COCO: all rows of Tables 1 and 4 from one teacher.
_base_ = './wsddn_vgg16_coco.py'

stages = [
    'teacher',
    'baseline',
    'distillation',
    'class_aware',
    'feature_nms',
    'nms',
    'feature',
    'student',
    'hint',
    'fitnets',
    'attention',
]
