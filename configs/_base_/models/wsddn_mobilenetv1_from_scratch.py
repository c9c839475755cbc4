# The same networks where there are no ImageNet weights: everything trains, and there is nothing frozen to keep maps of.
_base_ = './wsddn_mobilenetv1.py'

_anew = {'feature_cache': None, 'backbone': {'frozen_stages': -1, 'init_cfg': None}}
models = {'teacher': _anew, 'student': _anew}
