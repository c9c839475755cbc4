# Row Distillation of Tables 1 and 4: stage 2 alone, one temperature for all classes.
_base_ = './pred_released.py'

pred_term = {'shared': True}
