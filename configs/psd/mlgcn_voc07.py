# ML-GCN as the student of PSD: plain teachers, one for each part of the labels, teach the network that knows the graph.
_base_ = './mobilenetv1_voc07.py'

_file = 'data/label_graph/voc07.npz'
models = {
    'mlgcn': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {
            'type': 'ViewPreprocessor',
            'size': 224,
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
        'feature_cache': 'work_dirs/features',
        'neck': {'type': 'GlobalMaxPool'},
        'head': {
            'type': 'MLGCNHead',
            'labels': {'type': 'LabelTable', 'classes': 'voc', 'counts': _file, 'vectors': _file},
            'in_channels': 256,
            'hidden_channels': 256,
            'loss_cls': {'type': 'SigmoidBCE'},
        },
    }
}
# Rates of its head as in configs/msrn/msrn_mobilenetv1_voc07.py.
_rates = {'optim_wrapper': {'paramwise_cfg': {'custom_keys': {'head.gc': {'lr_mult': 10}}}}}
baseline = {**_rates, 'model': 'model:mlgcn', 'table_row': 'ML-GCN'}
student = {**_rates, 'model': {'student': 'model:mlgcn'}, 'table_row': 'ML-GCN, CGP and DGP'}
