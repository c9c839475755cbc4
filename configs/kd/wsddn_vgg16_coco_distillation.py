# VGG16 on MS-COCO, row Distillation of Tables 1 and 4: stage 2 alone, one temperature for all classes.
_base_ = './wsddn_vgg16_coco.py'

stages = ['teacher', 'distillation']
student_stage = 'distillation'
