# As the MatConvNet release of WSDDN has it: frames of their own sizes, its RoI mapping, temperature 2, regulariser.
_base_ = './wsddn_vgg16_headline.py'

models = {
    'teacher': {
        'data_preprocessor': {'size': None, 'batch_scales': [1]},
        'roi_extractor': {'_delete_': True, 'type': 'FastRCNNRoIPool', 'output_size': 7, 'rounding': 'matconvnet'},
        'bbox_head': {
            'det_temperature': 2.0,
            'spatial_weight': 1e-4,
            'spatial_score_weight': 's2',
            'init_cfg': {'type': 'Normal', 'layer': 'Linear', 'std': 0.01},
        },
        # All that survives suppression counts.
        'test_cfg': {'max_per_img': -1},
    }
}
