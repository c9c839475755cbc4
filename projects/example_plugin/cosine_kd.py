# The plug-in's term and backbone, on drawn images: a larger network of ThreeConvs teaches a smaller one. To run it:
# PYTHONPATH=projects/example_plugin python tools/train.py projects/example_plugin/cosine_kd.py
_base_ = '../../configs/kd/wsddn_shapes.py'
custom_imports = {'imports': ['example_plugin'], 'allow_failed_imports': False}

_head = {'type': 'MultiLabelHead', 'num_classes': 24}
models = {
    'big': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 128, 'mean': [127.5] * 3, 'std': [64.0] * 3},
        'backbone': {'type': 'ThreeConvs', 'channels': 64},
        'head': {**_head, 'in_channels': 64},
    },
    'small': {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 64, 'mean': [127.5] * 3, 'std': [64.0] * 3},
        'backbone': {'type': 'ThreeConvs', 'channels': 32},
        'head': {**_head, 'in_channels': 32},
    },
}
stages = ['teacher', 'student', 'baseline']
train_dataloader = {'dataset': {'proposal_file': None}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader
# It is no detector, so there are no boxes to measure.
teacher = {'model': 'model:big', 'test_evaluator': [{'type': 'MultiLabelMetric'}]}
student = {
    'load_from': None,
    'model': {
        'student': 'model:small',
        'teachers': {'_delete_': True, 'big': {'model': 'model:big', 'checkpoint': 'stage:teacher'}},
        'terms': {
            '_delete_': True,
            'cosine': {'type': 'CosineKD', 'teacher': 'big', 'student_channels': 32, 'teacher_channels': 64},
        },
    },
}
baseline = {'model': 'model:small', 'train_cfg': {'max_epochs': 4}}
