# MSRN on NUS-WIDE (split of ASL): 81 labels, 4 groups, 313.78 M parameters.
_base_ = [
    '../_base_/datasets/nuswide_csv_448.py',
    '../_base_/models/msrn_r101.py',
    '../_base_/schedules/msrn_60e.py',
]

_file = 'data/label_graph/nuswide.npz'
models = {
    'student': {
        'head': {'labels': {'classes': 'nuswide', 'counts': _file, 'vectors': _file}, 'pool_ratio': 0.05},
    }
}
