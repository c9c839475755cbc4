# The teacher alone.
_base_ = ['../kd/wsddn_vgg16_coco.py', '../_base_/test_time/square.py']

stages = ['teacher']
student_stage = 'teacher'
