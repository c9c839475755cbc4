"""The recipe, its runner, loops, hooks and checkpoints."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .fsdp_strategy import FSDPStrategy
from .hooks import AtomicCheckpointHook, ClassNamesHook, EpochHook, FiniteLossHook, SeedHook, SpeedHook
from .loops import ResumableEpochLoop
from .parts import GroupOptimWrapperConstructor, NetworkGroup, PartMetric
from .recipe import Recipe, StageOutput
from .recipe_runner import RecipeRunner
from .samplers import ResumableBatchSampler

__all__ = [
    'AtomicCheckpointHook',
    'AutocastOptimWrapper',
    'ClassNamesHook',
    'EpochHook',
    'FSDPStrategy',
    'FiniteLossHook',
    'GroupOptimWrapperConstructor',
    'NetworkGroup',
    'PartMetric',
    'Recipe',
    'RecipeRunner',
    'ResumableBatchSampler',
    'ResumableEpochLoop',
    'SeedHook',
    'SpeedHook',
    'StageOutput',
]
