# The teacher alone.
_base_ = '../kd/wsddn_mobilenetv1_voc07.py'

stages = ['teacher']
student_stage = 'teacher'
