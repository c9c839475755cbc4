"""Layers that several networks use."""

from .roi_layers import FastRCNNRoIPool, RoIAlign
from .roi_mean import RoIMean

__all__ = ['FastRCNNRoIPool', 'RoIAlign', 'RoIMean']
