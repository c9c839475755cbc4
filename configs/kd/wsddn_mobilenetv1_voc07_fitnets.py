# MobileNet v1 on VOC 2007, row FitNets of Table 1: whole maps in stage 1, then one temperature.
_base_ = './wsddn_mobilenetv1_voc07.py'

stages = ['teacher', 'hint', 'fitnets']
student_stage = 'fitnets'
