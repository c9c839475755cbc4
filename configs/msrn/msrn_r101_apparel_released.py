# The graph of MSRN's published file of Apparel, faults included: for its checkpoint. It counts both halves.
_base_ = './msrn_r101_apparel.py'

models = {
    'student': {
        'head': {
            'labels': {
                'counts': {'_delete_': True, 'type': 'Apparel', 'data_root': 'data/apparel/', 'split': 'all'},
                'statistics': 'apparel_released',
            },
        },
    }
}
