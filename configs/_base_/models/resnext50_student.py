# ResNeXt-50 32x4d, semi-weakly supervised (SWSL), average pooling. The same network is in timm:
# {'type': 'TimmBackbone', 'name': 'resnext50_32x4d.fb_swsl_ig1b_ft_in1k', 'pretrained': True}.
_base_ = './r101_student.py'

_folder = 'https://dl.fbaipublicfiles.com/semiweaksupervision/model_files'
models = {
    'student': {
        'backbone': {
            'type': 'ResNeXt',
            'depth': 50,
            'groups': 32,
            'base_width': 4,
            'init_cfg': {'checkpoint': f'{_folder}/semi_weakly_supervised_resnext50_32x4-72679e44.pth'},
        },
    }
}
