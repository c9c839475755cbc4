# CPSD: a teacher for each part of the labels, the student that they teach, and all that it is compared with, each a
# stage of its own. A config chooses among them with `stages`, and says what `models.student` is and how it trains.
_k = 5
partitions = {
    'cgp': {'graph': 'cgp', 'parts': _k},
    'dgp': {'graph': 'dgp', 'parts': _k},
    'random_a': {'graph': 'random', 'parts': _k},
    'random_b': {'graph': 'random', 'parts': _k},
}


def _taught_by(*families: str) -> dict:
    """Half the student's own loss, half the squared error of the logits, shared equally by the families of teachers."""
    # Views come again, mirrored or not: what teachers make of them is kept.
    teachers = {
        name: {'model': 'model:student', 'parts': f'parts:{name}', 'cache': 'work_dirs/logits'} for name in families
    }
    term = {'type': 'PartitionKD', 'families': {name: 1 / len(families) for name in families}, 'reduction': 'images'}
    return {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': teachers,
        'terms': {'psd': term},
        'task_weight': 0.5,
    }


stages = ['teachers', 'student', 'baseline']
student_stage = 'student'
# All at once on one stream of images; on less memory: together = 4.
teachers = {'model': 'model:student', 'parts': ['cgp', 'dgp'], 'table_row': 'PSD teachers'}
random_teachers = {'model': 'model:student', 'parts': ['random_a', 'random_b'], 'table_row': 'teachers, random parts'}
baseline = {'model': 'model:student', 'table_row': 'baseline'}
student = {'model': _taught_by('cgp', 'dgp'), 'table_row': 'CGP and DGP'}
cgp_only = {'model': _taught_by('cgp'), 'table_row': 'CGP only'}
dgp_only = {'model': _taught_by('dgp'), 'table_row': 'DGP only'}
random_parts = {'model': _taught_by('random_a', 'random_b'), 'table_row': 'random parts'}
# As much computing as teachers and student with K = 5 take, by the count of the paper's code: (8 K + 3) / 3.
long_baseline = {'model': 'model:student', 'table_row': 'baseline, 14 times as long'}
