# The teacher alone.
_base_ = '../kd/wsddn_vgg16_coco.py'

stages = ['teacher']
student_stage = 'teacher'
