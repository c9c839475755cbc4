# Stage 1 at fc7 on all proposals, which trains the student's fc6 and fc7 too; dropout is on in the teacher (trap T7);
# stage 2 in batches of 28.
_base_ = './kd.py'

_noisy = {'wsd': {'dropout': True}}
feature = {
    'model': {
        'teachers': _noisy,
        'terms': {
            'feature': {
                '_delete_': True,
                'type': 'FeatureKD',
                'feat_level': 'fc7',
                'roi_select': 'all',
                'roi_weight': 'list',
                'roi_layer': {'type': 'FastRCNNRoIPool', 'output_size': 7},
            }
        },
        'train_only': ['backbone', 'neck'],
    }
}
student = {'model': {'teachers': _noisy}, 'train_dataloader': {'batch_size': 28}}
