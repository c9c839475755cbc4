# The graph of MSRN's published file of NUS-WIDE, faults included: for its checkpoint.
_base_ = './msrn_r101_nuswide.py'

models = {'student': {'head': {'labels': {'statistics': 'nuswide_released'}}}}
