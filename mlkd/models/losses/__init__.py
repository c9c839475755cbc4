"""Losses of the networks: float32, summed over classes, averaged over images, label -1 ignored."""

from .clamped_bce import clamped_bce
from .sigmoid_bce import sigmoid_bce
from .soft_margin import SoftMargin, group_distance, soft_margin
from .spatial_regulariser import spatial_regulariser

__all__ = ['SoftMargin', 'clamped_bce', 'group_distance', 'sigmoid_bce', 'soft_margin', 'spatial_regulariser']
