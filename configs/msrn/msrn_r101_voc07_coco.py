# VOC 2007 from a network that was trained on COCO: all but the layers whose width depends on the labels.
_base_ = './msrn_r101_voc07.py'

models = {
    'student': {'backbone': {'init_cfg': None}, 'warm_start': 'work_dirs/msrn_r101_coco/student.pth'},
}
baseline = {'table_row': 'MSRN, from COCO'}
