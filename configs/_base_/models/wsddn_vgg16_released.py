# As the released Caffe files have it: RoI pooling with Fast R-CNN's rounding, integer boxes.
_base_ = './wsddn_vgg16_headline.py'

models = {
    'teacher': {
        'data_preprocessor': {'box_rounding': 'floor'},
        'roi_extractor': {'_delete_': True, 'type': 'FastRCNNRoIPool', 'output_size': 7, 'spatial_scale': 1 / 16},
    },
    'student': {'data_preprocessor': {'box_rounding': 'floor'}},
}
