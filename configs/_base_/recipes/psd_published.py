# The baseline as CPSD trains it, and what its student is trained with beside its teachers: a tenth of the rate.
_base_ = '../schedules/psd_80e.py'

amp = 'auto'
stages = ['baseline']
student_stage = 'baseline'
baseline = {'model': 'model:student'}
student = {
    'optim_wrapper': {'optimizer': {'lr': 1e-5}},
    'param_scheduler': [
        {'type': 'OneCycleLR', 'eta_max': 1e-5, 'pct_start': 0.1, 'convert_to_iter_based': True},
        {'type': 'OneCycleMomentum', 'pct_start': 0.1, 'convert_to_iter_based': True},
    ],
}
