"""Losses of the networks: float32, label -1 ignored, summed over classes, averaged over images, or as they say."""

from .asymmetric_loss import AsymmetricLoss, asymmetric_loss
from .clamped_bce import clamped_bce
from .sigmoid_bce import SigmoidBCE, sigmoid_bce
from .soft_margin import SoftMargin, group_distance, soft_margin
from .spatial_regulariser import spatial_regulariser

__all__ = [
    'AsymmetricLoss',
    'SigmoidBCE',
    'SoftMargin',
    'asymmetric_loss',
    'clamped_bce',
    'group_distance',
    'sigmoid_bce',
    'soft_margin',
    'spatial_regulariser',
]
