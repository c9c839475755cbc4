# Row Class-aware distillation of Table 4: stage 2 alone.
_base_ = './pred_released.py'
