"""Layers that several networks use."""

from .graph_attention import DiffPool, GraphAttention
from .label_encoder import LabelEncoder, LabelSemantics
from .label_table import LabelTable
from .roi_embedding import distinct_rois, embed_rois, pool_weighted
from .roi_layers import FastRCNNRoIPool, RoIAlign
from .roi_mean import RoIMean
from .roi_ring import RoIMeanAndRing
from .semantic_pooling import semantic_pool

__all__ = [
    'DiffPool',
    'FastRCNNRoIPool',
    'GraphAttention',
    'LabelEncoder',
    'LabelSemantics',
    'LabelTable',
    'RoIAlign',
    'RoIMean',
    'RoIMeanAndRing',
    'distinct_rois',
    'embed_rois',
    'pool_weighted',
    'semantic_pool',
]
