"""Hooks: one concern each."""

from .average_hook import WeightAverageHook
from .checkpoint_hook import AtomicCheckpointHook
from .class_names_hook import ClassNamesHook
from .epoch_hook import EpochHook
from .epoch_record_hook import EpochRecordHook
from .finite_loss_hook import FiniteLossHook
from .label_names_hook import LabelNamesHook
from .seed_hook import SeedHook
from .self_teacher_hook import SelfTeacherHook
from .speed_hook import SpeedHook

__all__ = [
    'AtomicCheckpointHook',
    'ClassNamesHook',
    'EpochHook',
    'EpochRecordHook',
    'FiniteLossHook',
    'LabelNamesHook',
    'SeedHook',
    'SelfTeacherHook',
    'SpeedHook',
    'WeightAverageHook',
]
