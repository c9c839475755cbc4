# VGG16 on MS-COCO, row Class-aware distillation of Table 4: stage 2 alone.
_base_ = './wsddn_vgg16_coco.py'

stages = ['teacher', 'class_aware']
student_stage = 'class_aware'
