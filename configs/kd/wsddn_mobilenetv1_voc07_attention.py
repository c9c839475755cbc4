# MobileNet v1 on VOC 2007, row Attention transfer of Table 1, added to the student's own loss.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = ['teacher', 'attention']
student_stage = 'attention'
