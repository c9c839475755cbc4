# The published equations: RoI max pooling in stage 1, L2 in stage 2, whose gradient is 4 times weaker or more: lambda 4
# (trap T2).
_base_ = './kd.py'

feature = {'model': {'terms': {'feature': {'roi_layer': {'type': 'FastRCNNRoIPool'}}}}}
student = {'model': {'terms': {'pred': {'loss': 'l2', 'loss_weight': 4.0}}}}
