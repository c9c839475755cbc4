"""Layers that several networks use."""

from .roi_embedding import distinct_rois, embed_rois, pool_weighted
from .roi_layers import FastRCNNRoIPool, RoIAlign
from .roi_mean import RoIMean
from .roi_ring import RoIMeanAndRing

__all__ = ['FastRCNNRoIPool', 'RoIAlign', 'RoIMean', 'RoIMeanAndRing', 'distinct_rois', 'embed_rois', 'pool_weighted']
