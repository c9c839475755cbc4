"""Losses of the networks: float32, label -1 ignored, summed over classes; averaged over images by default."""

from .asymmetric_loss import AsymmetricLoss, asymmetric_loss
from .clamped_bce import clamped_bce
from .sigmoid_bce import SigmoidBCE, sigmoid_bce
from .spatial_regulariser import spatial_regulariser

__all__ = [
    'AsymmetricLoss',
    'SigmoidBCE',
    'asymmetric_loss',
    'clamped_bce',
    'sigmoid_bce',
    'spatial_regulariser',
]
