# VOC 2007 with boxes, as MMDetection reads it; trains on the split "train".
_meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')
_resize = [{'type': 'Resize', 'scale': (640, 320), 'keep_ratio': True}]
train_pipeline = [
    {'type': 'LoadImageFromFile'},
    {'type': 'LoadAnnotations', 'with_bbox': True},
    *_resize,
    {'type': 'RandomFlip', 'prob': 0.5},
    {'type': 'PackDetInputs'},
]
test_pipeline = [
    {'type': 'LoadImageFromFile'},
    *_resize,
    {'type': 'LoadAnnotations', 'with_bbox': True},
    {'type': 'PackDetInputs', 'meta_keys': _meta},
]
_voc = {
    'type': 'mmdet.VOCDataset',
    'data_root': 'data/voc07/',
    'data_prefix': {'sub_data_root': 'VOCdevkit/VOC2007/'},
}
train_dataloader = {
    'batch_size': 8,
    'num_workers': 2,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': True},
    'batch_sampler': {'type': 'mmdet.AspectRatioBatchSampler'},
    'dataset': {
        **_voc,
        'ann_file': 'VOCdevkit/VOC2007/ImageSets/Main/train.txt',
        'filter_cfg': {'filter_empty_gt': True, 'min_size': 32, 'bbox_min_size': 8},
        'pipeline': train_pipeline,
    },
}
val_dataloader = {
    'batch_size': 1,
    'num_workers': 2,
    'persistent_workers': True,
    'sampler': {'type': 'DefaultSampler', 'shuffle': False},
    'dataset': {
        **_voc,
        'ann_file': 'VOCdevkit/VOC2007/ImageSets/Main/test.txt',
        'test_mode': True,
        'pipeline': test_pipeline,
    },
}
test_dataloader = val_dataloader
val_evaluator = {'type': 'mmdet.VOCMetric', 'metric': 'mAP', 'eval_mode': 'area'}
test_evaluator = val_evaluator
