"""Hooks: one concern each."""

from .checkpoint_hook import AtomicCheckpointHook
from .class_names_hook import ClassNamesHook
from .epoch_hook import EpochHook
from .finite_loss_hook import FiniteLossHook
from .seed_hook import SeedHook
from .speed_hook import SpeedHook

__all__ = ['AtomicCheckpointHook', 'ClassNamesHook', 'EpochHook', 'FiniteLossHook', 'SeedHook', 'SpeedHook']
