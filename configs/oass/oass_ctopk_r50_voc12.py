# OASS, views cut at the mean of each class's five highest maxima. ctopk_filter='legacy' is as released.
_base_ = [
    '../_base_/datasets/voc12_512_canvas.py',
    '../_base_/models/cam_r50.py',
    '../_base_/recipes/oass.py',
]

student = {'model': {'terms': {'oass': {'strategy': 'ctopk'}}}, 'table_row': 'OASS cTopk'}
