# Puzzle-CAM: logits are the means of the class maps, views are cut in the middle.
_base_ = './oass_max_r50_voc12.py'

models = {'student': {'head': {'csi': None}}}
student = {'model': {'terms': {'_delete_': True, 'puzzle': {'type': 'PuzzleCAM'}}}, 'table_row': 'Puzzle-CAM'}
