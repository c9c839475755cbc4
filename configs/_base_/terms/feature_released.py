# Stage 1 of the released files: fc7 of all RoIs, weighted by the list's scores. Train backbone and neck.
feature_term = {'type': 'FeatureKD', 'teacher': 'wsd', 'feat_level': 'fc7', 'roi_select': 'all', 'roi_weight': 'list'}
