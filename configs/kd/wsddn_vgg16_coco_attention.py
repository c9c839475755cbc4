# VGG16 on MS-COCO, row Attention transfer of Table 1, added to the student's own loss.
_base_ = './wsddn_vgg16_coco.py'

stages = ['teacher', 'attention']
student_stage = 'attention'
