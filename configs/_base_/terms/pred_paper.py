# Stage 2 as published, Eq. (10): L2; its gradient is weaker by 4 or more, so lambda 4 (trap T2).
_base_ = './pred_released.py'

pred_term = {'loss': 'l2', 'loss_weight': 4.0}
