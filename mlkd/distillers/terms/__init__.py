"""Distillation losses, one file each."""

from .attention_transfer import AttentionTransfer
from .base import Term
from .feature_kd import FeatureKD
from .fitnets import FitNets
from .oass import OASS, PuzzleCAM
from .partition_kd import PartitionKD
from .peak_feature_kd import PeakFeatureKD
from .pred_kd import PredKD

__all__ = [
    'OASS',
    'AttentionTransfer',
    'FeatureKD',
    'FitNets',
    'PartitionKD',
    'PeakFeatureKD',
    'PredKD',
    'PuzzleCAM',
    'Term',
]
