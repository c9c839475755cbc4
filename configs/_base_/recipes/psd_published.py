# Teachers, student and baseline as CPSD trains them. Losses are summed over images and labels; the student has a tenth
# of the rate.
_base_ = ['../schedules/psd_80e.py', './psd.py']

amp = 'auto'
student = {
    'model': {
        'terms': {'psd': {'reduction': 'sum'}},
        # No view comes twice.
        'teachers': {name: {'cache': None} for name in ('cgp', 'dgp')},
    },
    'optim_wrapper': {'optimizer': {'lr': 1e-5}},
    'param_scheduler': [
        {'type': 'OneCycleLR', 'eta_max': 1e-5, 'pct_start': 0.1, 'convert_to_iter_based': True},
        {'type': 'OneCycleMomentum', 'pct_start': 0.1, 'convert_to_iter_based': True},
    ],
}
