# MSRN on Apparel: 11 labels, 2 groups, 87.14 M parameters. The file of labels is made with tools/labels.py make.
_base_ = [
    '../_base_/datasets/apparel_448.py',
    '../_base_/models/msrn_r101.py',
    '../_base_/schedules/msrn_60e.py',
]

_file = 'data/label_graph/apparel.npz'
models = {
    'student': {
        'head': {'labels': {'classes': 'apparel', 'counts': _file, 'vectors': _file}, 'pool_ratio': 0.2},
    }
}
