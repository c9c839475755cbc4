# The teacher alone, on drawn images: minutes on two CPU cores.
_base_ = ['../kd/wsddn_shapes.py', '../_base_/test_time/shapes.py']

stages = ['teacher']
student_stage = 'teacher'
