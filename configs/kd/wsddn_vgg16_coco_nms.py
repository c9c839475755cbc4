# VGG16 on MS-COCO, row NMS proposals transfer of Table 4: stage 1 on R' with s' = 1.
_base_ = './wsddn_vgg16_coco.py'

stages = ['teacher', 'feature_nms', 'nms']
student_stage = 'nms'
