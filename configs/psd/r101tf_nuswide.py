# ResNet101+TF on NUS-WIDE as CPSD trains it. Published mAP: baseline 64.1, CPSD 65.8.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuswide_448_randaugment.py',
    '../_base_/models/r101tf_student.py',
    '../_base_/recipes/psd_published_nuswide.py',
]
models = {
    'student': {
        'head': {'num_classes': 81, 'label_vectors': 'data/label_graph/nuswide.npz', 'label_names': 'nuswide'},
    }
}
