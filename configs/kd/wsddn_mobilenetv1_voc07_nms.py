# MobileNet v1 on VOC 2007, row NMS proposals transfer of Table 4: stage 1 on R' with s' = 1.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = ['teacher', 'feature_nms', 'nms']
student_stage = 'nms'
