# The other predictor, whose parameters the released code declares and does not use.
_base_ = './msrn_r101_voc07.py'

models = {'student': {'head': {'predictor': 'elementwise'}}}
baseline = {'table_row': 'MSRN, element-wise'}
