# OASS, views cut where each class is highest.
_base_ = [
    '../_base_/datasets/voc12_512_canvas.py',
    '../_base_/models/cam_r50.py',
    '../_base_/recipes/oass.py',
]

student = {'model': {'terms': {'oass': {'strategy': 'cmax'}}}, 'table_row': 'OASS cMax'}
