# ResNet101+TF: label tokens, from word vectors that a file has by name, among the places of the last map. With
# label_vectors=None they are learnt.
_base_ = './r101_student.py'

models = {
    'student': {
        'neck': {'type': 'LastMap'},
        'head': {
            '_delete_': True,
            'type': 'LabelTokenHead',
            'num_classes': 80,
            'in_channels': 2048,
            'label_vectors': 'data/label_graph/coco.npz',
            'label_names': 'coco',
            'loss_cls': {'type': 'AsymmetricLoss'},
        },
    }
}
