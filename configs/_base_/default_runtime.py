default_scope = 'mlkd'
runner_type = 'RecipeRunner'

default_hooks = {
    'seed': {'type': 'SeedHook'},
    'epoch': {'type': 'EpochHook'},
    'class_names': {'type': 'ClassNamesHook'},
    'finite_loss': {'type': 'FiniteLossHook'},
    'label_names': {'type': 'LabelNamesHook'},
    'self_teacher': {'type': 'SelfTeacherHook'},
    'speed': {'type': 'SpeedHook'},
    'timer': {'type': 'IterTimerHook'},
    'logger': {'type': 'LoggerHook', 'interval': 50},
    'param_scheduler': {'type': 'ParamSchedulerHook'},
    'checkpoint': {'type': 'CheckpointHook', 'interval': 1, 'max_keep_ckpts': 2},
}

env_cfg = {'cudnn_benchmark': False, 'mp_cfg': {'mp_start_method': 'fork', 'opencv_num_threads': 0}}
log_processor = {'window_size': 50, 'by_epoch': True}
log_level = 'INFO'

randomness = {'seed': 0}
load_from = None
resume = False
