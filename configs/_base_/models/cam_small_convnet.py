# From scratch on 128 x 128 images: a teacher with class maps of 16 x 16 cells, a student that sees a quarter of the
# pixels.
_view = {
    'type': 'ViewPreprocessor',
    'mean': [127.5, 127.5, 127.5],
    'std': [64.0, 64.0, 64.0],
    'bgr_to_rgb': True,
    'resample': 'half_pixel_antialias',
    'channels_last': True,
}
models = {
    'teacher': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {**_view, 'size': 128},
        'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 2), (128, 1))},
        'neck': {'type': 'LastMap'},
        'head': {'type': 'CAMHead', 'num_classes': 24, 'in_channels': 128, 'csi': 'moments'},
        'test_cfg': {'class_maps': True},
    },
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {**_view, 'size': 64},
        'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 1), (64, 1))},
        # Objects are small: averaged over the image, little would be left of them.
        'neck': {'type': 'GlobalMaxPool'},
        'head': {'type': 'MultiLabelHead', 'num_classes': 24, 'in_channels': 64},
    },
}
