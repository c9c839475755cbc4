# VGG16 on MS-COCO, row FitNets of Table 1: whole maps in stage 1, then one temperature.
_base_ = './wsddn_vgg16_coco.py'

stages = ['teacher', 'hint', 'fitnets']
student_stage = 'fitnets'
