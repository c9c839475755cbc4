# As mobilenetv1_voc07_ablation.py with 3 parts.
_base_ = './mobilenetv1_voc07_ablation.py'

partitions = {name: {'parts': 3} for name in ('cgp', 'dgp', 'random_a', 'random_b')}
stages = ['teachers', 'random_teachers', 'cgp_only', 'dgp_only', 'student', 'random_parts']
teachers = {'table_row': 'PSD teachers, K = 3'}
random_teachers = {'table_row': 'teachers, random parts, K = 3'}
cgp_only = {'table_row': 'CGP only, K = 3'}
dgp_only = {'table_row': 'DGP only, K = 3'}
student = {'table_row': 'CGP and DGP, K = 3'}
random_parts = {'table_row': 'random parts, K = 3'}
