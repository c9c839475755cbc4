# From scratch on 128 x 128 images: a teacher with class maps of 16 x 16 cells, a student that sees a quarter of the
# pixels.
_base_ = './small_convnet_student.py'

models = {
    'teacher': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {**_base_.models.student.data_preprocessor, 'size': 128},
        'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 2), (128, 1))},
        'neck': {'type': 'LastMap'},
        'head': {'type': 'CAMHead', 'num_classes': 24, 'in_channels': 128, 'csi': 'moments'},
        'test_cfg': {'class_maps': True},
    },
}
