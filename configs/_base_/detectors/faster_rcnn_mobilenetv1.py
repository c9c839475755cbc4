# MMDetection's Faster R-CNN on block 10 of MobileNet v1 0.75 (384 channels, stride 16), which does not train.
_base_ = ['mmdet::_base_/models/faster-rcnn_r50_fpn.py']

model = {
    'data_preprocessor': {'mean': [127.5] * 3, 'std': [127.5] * 3, 'pad_size_divisor': 16},
    'backbone': {
        '_delete_': True,
        'type': 'mlkd.MobileNetV1',
        'width': 0.75,
        'out_indices': (10,),
        'frozen_stages': 11,
        'init_cfg': {'type': 'WeightFile', 'checkpoint': 'mobilenet_v1_0.75_224.pt'},
    },
    'neck': None,
    'rpn_head': {
        'in_channels': 384,
        'feat_channels': 256,
        'anchor_generator': {'scales': [2, 4, 8, 16], 'strides': [16]},
    },
    'roi_head': {
        'bbox_roi_extractor': {'out_channels': 384, 'featmap_strides': [16]},
        'bbox_head': {'in_channels': 384, 'fc_out_channels': 256, 'num_classes': 20},
    },
    'train_cfg': {'rcnn': {'sampler': {'num': 64}}, 'rpn_proposal': {'max_per_img': 500}},
}
