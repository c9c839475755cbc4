# The headline networks from torchvision's ImageNet weights, and so with its colours: RGB, mean and deviation.
_base_ = './wsddn_vgg16_headline.py'

models = {
    'teacher': {
        'data_preprocessor': {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375], 'bgr_to_rgb': True},
        'backbone': {'init_cfg': {'checkpoint': 'vgg16-397923af.pth'}},
        'roi_head': {'init_cfg': {'checkpoint': 'vgg16-397923af.pth'}},
    },
    'student': {
        'data_preprocessor': {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375], 'bgr_to_rgb': True},
        'backbone': {'init_cfg': {'checkpoint': 'vgg16-397923af.pth'}},
        'neck': {'init_cfg': {'checkpoint': 'vgg16-397923af.pth'}},
    },
}
