# All rows of the ablation from one set of teachers. Other numbers of parts: smallconvnet_shapes_k2.py, ..._k3.py.
_base_ = './smallconvnet_shapes.py'

stages = [
    'teachers',
    'random_teachers',
    'baseline',
    'cgp_only',
    'dgp_only',
    'student',
    'random_parts',
    'long_baseline',
]
