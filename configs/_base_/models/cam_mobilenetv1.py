# MobileNet v1 0.25 at 256 with class maps of 8 x 8 cells, without and with class-specific instances.
_network = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {
        'type': 'ViewPreprocessor',
        'size': 256,
        'mean': [127.5, 127.5, 127.5],
        'std': [127.5, 127.5, 127.5],
        'bgr_to_rgb': True,
        'resample': 'half_pixel_antialias',
        'channels_last': True,
    },
    'backbone': {
        'type': 'MobileNetV1',
        'width': 0.25,
        'frozen_stages': 5,
        'init_cfg': {'type': 'WeightFile', 'checkpoint': 'mobilenet_v1_0.25_224.pt'},
    },
    'neck': {'type': 'LastMap'},
}
_maps = {'type': 'CAMHead', 'num_classes': 20, 'in_channels': 256}
models = {
    'gap': {**_network, 'head': _maps},
    'csi': {**_network, 'head': {**_maps, 'csi': 'moments'}},
}
