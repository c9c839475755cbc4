# MSRN on COCO 2014: 80 labels, 4 groups, 310.63 M parameters.
_base_ = [
    '../_base_/datasets/coco14_448.py',
    '../_base_/models/msrn_r101.py',
    '../_base_/schedules/msrn_60e.py',
]

_file = 'data/label_graph/coco.npz'
models = {
    'student': {
        'head': {'labels': {'classes': 'coco', 'counts': _file, 'vectors': _file}, 'pool_ratio': 0.05},
    }
}
