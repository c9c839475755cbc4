# ML-GCN as the student of PSD: plain teachers, one for each part of the labels, teach the network that knows the graph.
_base_ = './mobilenetv1_voc07.py'

_file = 'data/label_graph/voc07.npz'
models = {
    'mlgcn': {
        **_base_.models.student,
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
# Clipping as in configs/msrn/msrn_mobilenetv1_voc07.py.
_clipped = {'optim_wrapper': {'clip_grad': {'max_norm': 50}}}
baseline = {**_clipped, 'model': 'model:mlgcn', 'table_row': 'ML-GCN'}
student = {**_clipped, 'model': {'student': 'model:mlgcn'}, 'table_row': 'ML-GCN, CGP and DGP'}
