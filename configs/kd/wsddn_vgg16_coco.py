# KD-WSD on MS-COCO 2014: VGG16 at 672 teaches VGG16 at 224. Stage 1 on pooled maps (RoIAlign), stage 2 with CE.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/coco14_proposals.py',
    '../_base_/models/wsddn_vgg16_headline.py',
    '../_base_/recipes/kd.py',
]
# All scores of Selective Search are 1; with a store of EdgeBoxes take (10, 1).
models = {'teacher': {'score_scale': 1.0, 'score_bias': 0.0}}
# Where it finds the objects is measured once, when it is trained.
teacher = {'test_evaluator': [{'type': 'MultiLabelMetric'}, {'type': 'CocoDetectionMetric'}]}
