# The ten rows: what key points, the average and class-specific instances are each worth. Two CPU cores are enough.
_base_ = [
    '../_base_/datasets/voc07_320_proposals.py',
    '../_base_/models/cam_mobilenetv1.py',
    '../_base_/schedules/oass_15e.py',
]

train_dataloader = {'drop_last': True, 'dataset': {'proposal_file': None, 'difficult': 'present'}}
val_dataloader = {'dataset': {'proposal_file': None}}
test_dataloader = val_dataloader


def _taught(network: str, row: str, term: dict) -> dict:
    """A stage: a student that learns from pieces of its views."""
    teachers = {'ema': {'average': {'decay': 0.99}}} if term.get('teacher') else {}
    model = {'type': 'Distiller', 'student': f'model:{network}', 'teachers': teachers, 'terms': {'patches': term}}
    return {'model': model, 'table_row': row}


_puzzle = {'type': 'PuzzleCAM'}
_ema = {'type': 'OASS', 'teacher': 'ema'}

stages = ['baseline', 'puzzle', 'csi', 'puzzle_csi', 'max', 'cmax', 'ctopk', 'ctopkw', 'ctopkw_student', 'ctopkw_gap']
student_stage = 'ctopkw'
baseline = {'model': 'model:gap', 'table_row': 'GAP'}
puzzle = _taught('gap', 'Puzzle-CAM', _puzzle)
csi = {'model': 'model:csi', 'table_row': 'CSI'}
puzzle_csi = _taught('csi', 'Puzzle-CAM + CSI', _puzzle)
max = _taught('csi', 'OASS Max', {'type': 'OASS', 'strategy': 'max'})
cmax = _taught('csi', 'OASS cMax', {**_ema, 'strategy': 'cmax'})
ctopk = _taught('csi', 'OASS cTopk', {**_ema, 'strategy': 'ctopk'})
ctopkw = _taught('csi', 'OASS cTopk-w', {**_ema, 'strategy': 'ctopkw'})
ctopkw_student = _taught('csi', 'OASS cTopk-w without EMA', {'type': 'OASS', 'strategy': 'ctopkw'})
ctopkw_gap = _taught('gap', 'OASS cTopk-w without CSI', {**_ema, 'strategy': 'ctopkw'})
