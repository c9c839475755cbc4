# One student of two kinds of teachers: a detector that knows where objects are (FeatureKD, PredKD), and classifiers
# that know a part of the labels each (PartitionKD). On drawn images, minutes on two CPU cores.
_base_ = './smallconvnet_shapes.py'

# The detector's, which classifiers leave aside.
train_dataloader = {'dataset': {'proposal_file': 'auto'}}
val_dataloader = {'dataset': {'proposal_file': 'auto'}}
test_dataloader = val_dataloader

stages = ['detector', 'teachers', 'student', 'baseline']
partitions = {'cgp': {'parts': 3}, 'dgp': {'parts': 3}}
# Where it finds the objects is measured once, when it is trained.
_labels_and_boxes = [{'type': 'MultiLabelMetric'}, {'type': 'DetectionMetric'}]
detector = {'model': 'model:teacher', 'test_evaluator': _labels_and_boxes, 'table_row': 'T-WDet'}
student = {
    'model': {
        'teachers': {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:detector'}},
        'terms': {
            'feature': {
                'type': 'FeatureKD',
                'roi_select': 'nms',
                'roi_weight': 'teacher',
                'roi_layer': {'type': 'RoIMean'},
                'student_channels': 64,
                'teacher_channels': 128,
            },
            'pred': {
                'type': 'PredKD',
                'num_classes': 24,
                'class_multiplier': 1.0,
                'proposal_multiplier': 1.0,
                'tau': 1.0,
            },
        },
    },
    'table_row': 'CGP, DGP and detector',
}
