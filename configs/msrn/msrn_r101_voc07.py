# MSRN on VOC 2007: 20 labels, 4 groups, 121.76 M parameters.
_base_ = [
    '../_base_/datasets/voc07_448.py',
    '../_base_/models/msrn_r101.py',
    '../_base_/schedules/msrn_60e.py',
]

_file = 'data/label_graph/voc07.npz'
models = {
    'student': {
        'head': {'labels': {'classes': 'voc', 'counts': _file, 'vectors': _file}, 'pool_ratio': 0.2},
    }
}
