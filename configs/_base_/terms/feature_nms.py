# Stage 1, row NMS proposals transfer of Table 4: R' with s' = 1. Train the backbone only.
_base_ = './feature_paper.py'

feature_term = {'roi_weight': 'none'}
