# As mobilenetv1_voc07_ablation.py with 3 parts.
_base_ = './mobilenetv1_voc07_ablation.py'

partitions = {name: {'parts': 3} for name in ('cgp', 'dgp', 'random_a', 'random_b')}
stages = ['teachers', 'random_teachers', 'cgp_only', 'dgp_only', 'student', 'random_parts']
