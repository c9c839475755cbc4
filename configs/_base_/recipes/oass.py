# One stage: a student that teaches itself, with the weights of the published commands.
_base_ = '../schedules/oass_15e.py'

stages = ['student']
student_stage = 'student'
student = {
    'model': {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': {'ema': {'average': {'decay': 0.99, 'train_mode': True}}},
        'terms': {
            'oass': {
                'type': 'OASS',
                'teacher': 'ema',
                'consistency_weight': 3.0,
                'ramp': 0.05,
                'patch_weight': 0.5,
                # As published; 'joint' is faster, and its batch norm sees all pieces.
                'patch_norm': 'per_keypoint',
            }
        },
    }
}
