# The term and the backbone of the plug-in, in a distiller. Run with this folder on PYTHONPATH.
custom_imports = {'imports': ['example_plugin'], 'allow_failed_imports': False}

view = {'type': 'ViewPreprocessor', 'size': 32, 'mean': [127.5, 127.5, 127.5], 'std': [127.5, 127.5, 127.5]}
teacher = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': view,
    'backbone': {'type': 'ThreeConvs', 'channels': 32},
    'head': {'type': 'MultiLabelHead', 'num_classes': 3, 'in_channels': 32},
}
model = {
    'type': 'Distiller',
    'student': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': view,
        'backbone': {'type': 'ThreeConvs', 'channels': 16},
        'head': {'type': 'MultiLabelHead', 'num_classes': 3, 'in_channels': 16},
    },
    'teachers': {'big': {'model': teacher, 'checkpoint': 'teacher.pth'}},
    'terms': {'cosine': {'type': 'CosineKD', 'teacher': 'big', 'student_channels': 16, 'teacher_channels': 32}},
}
