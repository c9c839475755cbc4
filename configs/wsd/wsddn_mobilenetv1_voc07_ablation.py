# What the parts of the teacher do for its boxes: each row has one of them changed, and is trained on all images.
_base_ = ['./wsddn_mobilenetv1_voc07.py']

stages = ['teacher', 'no_scores', 'no_ring', 'roi_pool', 'hidden', 'regulariser']
_whole = _base_.models.teacher
_stage = {**_base_.teacher, 'folds': None}
# Without its surroundings a box is a mean, of RoIAlign or of RoI pooling, that both streams read.
_plain = {'roi_head': {'type': 'PooledFC', 'in_channels': 768}, 'bbox_head': {**_whole.bbox_head, 'halves': False}}
_pool = {'type': 'FastRCNNRoIPool', 'output_size': 7, 'spatial_scale': 1 / 32}
# The regulariser pulls vectors together, so there must be a layer that makes them.
_hidden = {'type': 'RoIContrast', 'in_channels': 768, 'hidden_channels': 256}
_head = {**_whole.bbox_head, 'in_channels': 256}
models = {
    'no_scores': {**_whole, 'score_scale': 0.0, 'score_bias': 1.0},
    'no_ring': {**_whole, **_plain, 'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 1 / 32}},
    'roi_pool': {**_whole, **_plain, 'roi_extractor': _pool},
    'hidden': {**_whole, 'roi_head': _hidden, 'bbox_head': _head},
    'regulariser': {**_whole, 'roi_head': _hidden, 'bbox_head': {**_head, 'spatial_weight': 1e-2}},
}
teacher = {'folds': None}
no_scores = {**_stage, 'model': 'model:no_scores', 'table_row': 'scores of proposals not used'}
no_ring = {**_stage, 'model': 'model:no_ring', 'table_row': 'without surroundings, RoIAlign'}
roi_pool = {**_stage, 'model': 'model:roi_pool', 'table_row': 'without surroundings, RoIPool'}
hidden = {**_stage, 'model': 'model:hidden', 'table_row': 'with a hidden layer'}
regulariser = {**_stage, 'model': 'model:regulariser', 'table_row': 'with a hidden layer and spatial regulariser'}
