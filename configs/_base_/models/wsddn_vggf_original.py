# WSDDN's S: VGG-F with a grid of 6 x 6, else as wsddn_vgg16_original.py. Published weights: imagenet-vgg-f.mat (RGB).
_base_ = './wsddn_vgg16_original.py'

_weights = {'type': 'WeightFile', 'checkpoint': 'imagenet-vgg-f.mat'}
models = {
    'teacher': {
        'data_preprocessor': {'mean': [123.675, 116.28, 103.52], 'bgr_to_rgb': True},
        'backbone': {'_delete_': True, 'type': 'VGGF', 'init_cfg': _weights},
        'roi_extractor': {'output_size': 6, 'first_centre': 18},
        'roi_head': {'in_channels': 256, 'roi_size': 6, 'init_cfg': _weights},
    }
}
