"""Losses of the networks: float32, summed over classes, averaged over images, label -1 ignored."""

from .clamped_bce import clamped_bce
from .sigmoid_bce import sigmoid_bce
from .spatial_regulariser import spatial_regulariser

__all__ = ['clamped_bce', 'sigmoid_bce', 'spatial_regulariser']
