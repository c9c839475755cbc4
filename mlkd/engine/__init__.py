"""The recipe, its runner, loops, hooks and checkpoints."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .fsdp_strategy import FSDPStrategy
from .hooks import (
    AtomicCheckpointHook,
    ClassNamesHook,
    EpochHook,
    FiniteLossHook,
    LabelNamesHook,
    SeedHook,
    SelfTeacherHook,
    SpeedHook,
    WeightAverageHook,
)
from .loops import ResumableEpochLoop
from .one_cycle import OneCycleLR, OneCycleMomentum
from .parts import GroupOptimWrapperConstructor, NetworkGroup, PartMetric
from .poly_schedule import PolyToEndLR
from .recipe import Recipe
from .recipe_runner import RecipeRunner
from .samplers import ResumableBatchSampler
from .stage_output import StageOutput

__all__ = [
    'AtomicCheckpointHook',
    'AutocastOptimWrapper',
    'ClassNamesHook',
    'EpochHook',
    'FSDPStrategy',
    'FiniteLossHook',
    'GroupOptimWrapperConstructor',
    'LabelNamesHook',
    'NetworkGroup',
    'OneCycleLR',
    'OneCycleMomentum',
    'PartMetric',
    'PolyToEndLR',
    'Recipe',
    'RecipeRunner',
    'ResumableBatchSampler',
    'ResumableEpochLoop',
    'SeedHook',
    'SelfTeacherHook',
    'SpeedHook',
    'StageOutput',
    'WeightAverageHook',
]
