# Teacher MobileNet v1 0.75 at 320, frozen but for its head; student MobileNet v1 0.25 at 224. Two CPU cores are enough.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/wsddn_mobilenetv1.py',
    '../_base_/recipes/kd_mobilenetv1.py',
]
# Where it finds the objects is measured once, when it is trained.
teacher = {'test_evaluator': [{'type': 'MultiLabelMetric'}, {'type': 'DetectionMetric'}]}
