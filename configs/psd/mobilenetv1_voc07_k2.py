# As mobilenetv1_voc07_ablation.py with 2 parts.
_base_ = './mobilenetv1_voc07_ablation.py'

partitions = {name: {'parts': 2} for name in ('cgp', 'dgp', 'random_a', 'random_b')}
stages = ['teachers', 'random_teachers', 'cgp_only', 'dgp_only', 'student', 'random_parts']
teachers = {'table_row': 'PSD teachers, K = 2'}
random_teachers = {'table_row': 'teachers, random parts, K = 2'}
cgp_only = {'table_row': 'CGP only, K = 2'}
dgp_only = {'table_row': 'DGP only, K = 2'}
student = {'table_row': 'CGP and DGP, K = 2'}
random_parts = {'table_row': 'random parts, K = 2'}
