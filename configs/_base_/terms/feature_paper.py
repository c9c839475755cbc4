# Stage 1, RoI-aware transfer (Eqs. (3), (4)): pooled maps on R' with s'. Train the backbone only.
feature_term = {
    'type': 'FeatureKD',
    'teacher': 'wsd',
    'feat_level': 'conv_roi',
    'roi_select': 'nms',
    'roi_weight': 'teacher',
    'nms_iou': 0.4,
    'max_rois': 100,
}
