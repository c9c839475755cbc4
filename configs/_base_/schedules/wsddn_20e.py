# The schedule of WSDDN's release: batches of one image, 10 epochs at 1e-5 and 10 at 1e-6, no decay on biases.
stages = ['teacher']
student_stage = 'teacher'
teacher = {
    'model': 'model:teacher',
    'table_row': 'T-WDet',
    'test_evaluator': [{'type': 'MultiLabelMetric'}, {'type': 'DetectionMetric'}],
    'optim_wrapper': {
        'type': 'OptimWrapper',
        'optimizer': {'type': 'SGD', 'lr': 1e-5, 'momentum': 0.9, 'weight_decay': 5e-4},
        'paramwise_cfg': {'bias_decay_mult': 0},
    },
    'train_cfg': {'by_epoch': True, 'max_epochs': 20, 'val_interval': 5},
    'val_cfg': {},
    'test_cfg': {},
    'param_scheduler': [{'type': 'MultiStepLR', 'by_epoch': True, 'milestones': [10], 'gamma': 0.1}],
}
