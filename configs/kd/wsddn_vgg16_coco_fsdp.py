# KD-WSD on MS-COCO with parameters, gradients and optimizer states divided among the GPUs, in bfloat16.
_base_ = './wsddn_vgg16_coco.py'

strategy = {'type': 'FSDPStrategy'}
amp = 'bfloat16'
