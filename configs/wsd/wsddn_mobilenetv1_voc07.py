# The teacher alone.
_base_ = ['../kd/wsddn_mobilenetv1_voc07.py', '../_base_/test_time/square_320.py']

stages = ['teacher']
student_stage = 'teacher'
