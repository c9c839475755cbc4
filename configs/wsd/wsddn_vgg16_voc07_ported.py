# WSDDN as the KD paper's authors ported it to Caffe: square frames, one of five sides for each batch, no regulariser,
# one view in tests. Published: det mAP 29.1, cls mAP 91.2.
_base_ = ['../kd/wsddn_vgg16_voc07_released.py', '../_base_/test_time/square.py']

stages = ['teacher']
student_stage = 'teacher'
