# ML-GCN on COCO 2014, its own scales of crops.
_base_ = [
    '../_base_/datasets/coco14_448.py',
    '../_base_/models/mlgcn_r101.py',
    '../_base_/schedules/mlgcn_100e.py',
]

_file = 'data/label_graph/coco.npz'
models = {
    'student': {'head': {'labels': {'classes': 'coco', 'counts': _file, 'vectors': _file}}},
}
train_dataloader = {
    'batch_size': 32,
    'dataset': {
        'pipeline': [
            {'type': 'LoadImage'},
            {'type': 'MultiScaleCrop', 'size': 448, 'scales': (1.0, 0.875, 0.75, 0.66, 0.5)},
            {'type': 'MirrorFlip', 'prob': 0.5},
            {'type': 'PackMultiLabel'},
        ],
    },
}
