# A small student from scratch, that sees images of 128 x 128 at half their size.
models = {
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 64,
            'mean': [127.5, 127.5, 127.5],
            'std': [64.0, 64.0, 64.0],
            'bgr_to_rgb': True,
            'resample': 'half_pixel_antialias',
            'channels_last': True,
        },
        'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 1), (64, 1))},
        # Objects are small: averaged over the image, little would be left of them.
        'neck': {'type': 'GlobalMaxPool'},
        'head': {'type': 'MultiLabelHead', 'num_classes': 24, 'in_channels': 64},
    },
}
