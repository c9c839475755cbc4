"""Distillation losses, one file each."""

from .attention_transfer import AttentionTransfer
from .base import Term
from .feature_kd import FeatureKD
from .fitnets import FitNets
from .partition_kd import PartitionKD
from .pred_kd import PredKD

__all__ = ['AttentionTransfer', 'FeatureKD', 'FitNets', 'PartitionKD', 'PredKD', 'Term']
